import type { Message, SyncResult } from '@parley/contracts'
import { rest, type TestRest } from '../stack/test-client.ts'
import type { TestStack } from '../stack/test-stack.ts'
import { files } from './file-client.ts'

/** Of which messages somebody has the file, by their numbers: as pages and a sync say, and by trying. */
export interface SeenFiles {
  pages: number[]
  synced: number[]
  content: number[]
  /** Messages whose files are answered otherwise than they are themselves. */
  unlike: number[]
}

/** Looks at messages of one conversation, each of which has one file, in every way in which somebody with this token may come to them. */
export async function seenFiles(stack: TestStack, token: string, messages: readonly Message[]): Promise<SeenFiles> {
  const [user, client] = [rest(stack, '', token), files(stack, '', token)]
  const conversationId = messages[0]!.conversationId
  const seqsOf = (some: readonly Message[]) => some.flatMap(({ seq, attachments }) => attachments.map(() => seq)).sort()
  const lookAt = async ({ id, seq, attachments: [attachment] }: Message) => {
    const [message, content, link] = await Promise.all([
      user.call('GET', `/messages/${id}`),
      client.get(`/attachments/${attachment!.id}/content`),
      client.link(attachment!.id),
    ])
    return { seq, ...{ message: message.status, content: content.status, link: link.status } }
  }
  const looked: Awaited<ReturnType<typeof lookAt>>[] = []
  // not all at once: on a slow machine that is answered with "unavailable"
  for (let i = 0; i < messages.length; i += 8) looked.push(...(await Promise.all(messages.slice(i, i + 8).map(lookAt))))
  return {
    pages: seqsOf(await user.messages(conversationId)),
    synced: seqsOf(await syncWhole(user, conversationId)),
    content: looked.filter(({ content }) => content === 200).map(({ seq }) => seq),
    unlike: looked.filter((one) => one.message !== one.content || one.message !== one.link).map(({ seq }) => seq),
  }
}

async function syncWhole(user: TestRest, conversationId: string, cursor: string | null = null): Promise<Message[]> {
  const { body } = await user.call<SyncResult>('POST', '/sync', { cursors: [{ conversationId, cursor }] })
  const [found] = body.conversations
  if (!found) return []
  const more = found.hasMore ? await syncWhole(user, conversationId, found.conversation.cursor) : []
  return [...found.messages, ...more]
}
