import { setTimeout as sleep } from 'node:timers/promises'
import type { Conversation, Notification } from '@parley/contracts'
import type { Views } from './checks.ts'
import type { Load } from './load.ts'
import type { Violation } from './model.ts'
import type { Outside } from './outside.ts'
import { type Answer, callRest, untilAnswered } from './rest.ts'
import { checkDeliveries, checkListed, checkMissed, checkPushes, type Push, type Standing } from './told.ts'

/** The lease of what a worker held that was killed as the load ended, and what it takes a machine that is full to go on. */
const TOLD_WITHIN_MS = 150_000
const READERS = 6

export interface ToldOptions {
  url: string
  tokens: ReadonlyMap<string, string>
  views: Views
  load: Load
  outside: Outside
  delayMs: number
}

/** Waits until everybody is told as they should be. Resolves with what is wrong still, and with how long it took. */
export async function untilTold(options: ToldOptions): Promise<{ violations: Violation[]; toldMs: number }> {
  const { outside, load, views, delayMs } = options
  const began = Date.now()
  while (true) {
    const missing = [...checkDeliveries(load.sent, outside.deliveries), ...(await checkPeople(options))]
    if (missing.length === 0 || Date.now() > began + TOLD_WITHIN_MS) {
      const createdAt = new Map(
        [...views.values()].flatMap((view) =>
          [...view].flatMap(([id, history = []]) =>
            history.map(({ seq, createdAt }) => [`${id} ${seq}`, createdAt] as const),
          ),
        ),
      )
      const wrong = [...outside.browsers.keys()].flatMap((userId) =>
        checkPushes(userId, pushesOf(outside, userId), { delayMs, createdAt, reads: load.reads }),
      )
      return { violations: [...missing, ...wrong], toldMs: Date.now() - began }
    }
    await sleep(500)
  }
}

/** Each person's list in the app, and the browsers of those who have one. */
async function checkPeople({ url, tokens, views, outside }: ToldOptions): Promise<Violation[]> {
  const left = [...tokens.keys()]
  const found: Violation[] = []
  const readers = Array.from({ length: READERS }, async () => {
    for (let userId = left.pop(); userId !== undefined; userId = left.pop()) {
      const token = tokens.get(userId)!
      const listed = await readAll<Notification>(url, token, '/notifications?unread=true&limit=100')
      const conversations = await readAll<Conversation>(url, token, '/conversations?limit=100')
      const standings = conversations.map(
        ({ id, unreadCount }): Standing => ({
          ...{ conversationId: id, unreadCount },
          history: views.get(userId)?.get(id) ?? [],
        }),
      )
      found.push(
        ...checkListed(
          userId,
          standings,
          listed.map(({ conversationId, kind, messages }) => ({
            ...{ conversationId, kind },
            messageIds: messages.map(({ messageId }) => messageId),
          })),
        ),
      )
      if (outside.browsers.has(userId)) found.push(...checkMissed(userId, standings, pushesOf(outside, userId)))
    }
  })
  await Promise.all(readers)
  return found
}

const pushesOf = ({ browsers }: Outside, userId: string): Push[] =>
  browsers
    .get(userId)!
    .received.flatMap(({ type, id, data }) =>
      type === 'notify'
        ? [{ id, conversationId: String(data.conversationId), seq: Number(data.seq), kind: String(data.kind) }]
        : [],
    )

const READ_WITHIN_MS = 30_000

async function readAll<T>(url: string, token: string, path: string): Promise<T[]> {
  const all: T[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: string = `${path}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
    // on a machine that is busy with all of this, one try may be one too few
    const answer: Answer<{ data: T[]; nextCursor: string | null }> = await untilAnswered(
      () => callRest<{ data: T[]; nextCursor: string | null }>(url, token, 'GET', page),
      { failed() {}, signal: AbortSignal.timeout(READ_WITHIN_MS) },
    )
    if (!answer.ok) throw new Error(`${path} cannot be read: ${answer.code}`)
    all.push(...answer.data.data)
    cursor = answer.data.nextCursor
  }
  return all
}
