import { MAX_NAMED, type Message, type Notice, transitionWords } from '@parley/contracts'
import type { SystemMessage } from './apply-steps.ts'

/** A notice about people, of whom there may be more and more. */
type AboutPeople = Extract<Notice, { userIds: string[] }>

/** Somebody who adds many one by one is one line, as long as nothing else is said and it is the same occasion. Milliseconds. */
const OCCASION_MS = 10 * 60_000
const MAX_WORDED = 3

/**
 * What the last message becomes when the same happens again: one line for all of them. Null: it is another matter, and has a line
 * of its own. `now` in ISO 8601.
 */
export function continued(last: Message | undefined, notice: Notice, now: string): Notice | null {
  const before = last?.type === 'system' ? (last.payload as Notice | null) : null
  if (!last || !before || !isAboutPeople(before) || !isAboutPeople(notice) || before.event !== notice.event) return null
  if ('actorId' in before && 'actorId' in notice && before.actorId !== notice.actorId) return null
  if (Date.parse(now) - Date.parse(last.createdAt) > OCCASION_MS) return null
  // who comes twice is counted once, as far as they are named
  const more = notice.userIds.filter((id) => !before.userIds.includes(id))
  return {
    ...before,
    userIds: [...before.userIds, ...more].slice(0, MAX_NAMED),
    count: before.count + more.length,
  }
}

/** A message of the system's with that payload. `nameOf` is needed by notices that name people: `namedIn`. */
export function systemMessage(id: string, notice: Notice, nameOf = (userId: string) => userId): SystemMessage {
  return { id, content: worded(notice, nameOf), payload: notice }
}

/** Those whom the notice's words name. */
export function namedIn(notice: Notice): string[] {
  const people = isAboutPeople(notice) ? notice.userIds.slice(0, MAX_WORDED) : []
  return 'actorId' in notice && notice.actorId !== null ? [notice.actorId, ...people] : people
}

/** The notice in English, for clients that do not word it themselves. */
export function worded(notice: Notice, nameOf: (userId: string) => string): string {
  switch (notice.event) {
    case 'participants_added':
      return `${nameOf(notice.actorId)} added ${listed(notice, nameOf)}`
    case 'participants_removed':
      return `${nameOf(notice.actorId)} removed ${listed(notice, nameOf)}`
    case 'participants_left':
      return `${listed(notice, nameOf)} left`
    case 'conversation_renamed':
      return `${nameOf(notice.actorId)} named this group “${notice.title}”`
    case 'message_pinned':
      return `${nameOf(notice.actorId)} pinned a message`
    case 'conversation_status':
      return statuses[notice.status]
    case 'moderator_joined':
      return `${notice.role === 'observer' ? 'An observer' : 'A moderator'} has joined`
    case 'moderator_left':
      return `${notice.role === 'observer' ? 'The observer' : 'The moderator'} has left`
    case 'message_transitioned':
      return transitionWords(notice, nameOf)
  }
}

const statuses = {
  active: 'This conversation is open again',
  read_only: 'This conversation can only be read now',
  closed: 'This conversation is closed',
}

const isAboutPeople = (notice: Notice): notice is AboutPeople => 'userIds' in notice

/** "Ana", "Ana and Ben", "Ana, Ben and Joe", "Ana, Ben, Joe and 9 others". */
function listed({ userIds, count }: AboutPeople, nameOf: (userId: string) => string): string {
  const names = userIds.slice(0, MAX_WORDED).map(nameOf)
  const others = count - names.length
  if (others > 0) return `${names.join(', ')} and ${others} ${others === 1 ? 'other' : 'others'}`
  const last = names.pop()
  return names.length > 0 ? `${names.join(', ')} and ${last}` : `${last}`
}
