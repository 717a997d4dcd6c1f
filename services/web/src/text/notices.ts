import type { Message, Notice } from '@parley/contracts'
import { transitionWords } from '@parley/contracts/transitions'
import type { HeldConversation } from '../chat/chat-state.ts'
import { isolated, personName } from './names.ts'

/** As many people as a line names. */
const MAX_NAMED = 3

/**
 * What a message of the system says to this reader: with "you", and everybody's present name, where its payload tells of
 * people who are known. Otherwise its own words, which say the same.
 */
export function noticeText(
  { content, payload }: Pick<Message, 'content' | 'payload'>,
  { participants }: Pick<HeldConversation, 'participants'>,
  myId: string | undefined,
): string {
  const nameOf = (userId: unknown): string => {
    if (userId === myId) return 'you'
    const person = participants.find((participant) => participant.userId === userId)
    if (!person) throw new UnknownPerson()
    return isolated(personName(person))
  }
  try {
    const words = worded((payload ?? {}) as Payload, nameOf)
    return words?.replace(/^you /, 'You ') ?? content
  } catch (err) {
    if (err instanceof UnknownPerson) return content
    throw err
  }
}

class UnknownPerson extends Error {}

interface Payload {
  event?: unknown
  actorId?: unknown
  userIds?: unknown
  count?: unknown
  title?: unknown
  messageId?: unknown
}

function worded(payload: Payload, nameOf: (userId: unknown) => string): string | null {
  const { event, actorId, userIds, count, title } = payload
  if (event === 'message_transitioned' && typeof payload.messageId === 'string')
    return transitionWords(payload as unknown as Extract<Notice, { event: 'message_transitioned' }>, nameOf)
  if (event === 'conversation_renamed' && typeof title === 'string')
    return `${nameOf(actorId)} named this group “${isolated(title)}”`
  if (event === 'message_pinned') return `${nameOf(actorId)} pinned a message`
  if (!Array.isArray(userIds) || userIds.length === 0) return null
  const people = () => listed(userIds.slice(0, MAX_NAMED).map(nameOf), Number(count) || userIds.length)
  if (event === 'participants_added') return `${nameOf(actorId)} added ${people()}`
  if (event === 'participants_removed') return `${nameOf(actorId)} removed ${people()}`
  return event === 'participants_left' ? `${people()} left` : null
}

function listed(names: readonly string[], count: number): string {
  const others = count - names.length
  if (others > 0) return `${names.join(', ')} and ${others === 1 ? '1 other' : `${others} others`}`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : `${names[0]}`
}
