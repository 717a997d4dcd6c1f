import type { Message, UserProfile } from '@parley/contracts'
import type { ChatState } from './chat-state.ts'

/** Somebody is called otherwise from now on, wherever they stand: as participants, and as senders of what they said before. */
export function withProfile(state: ChatState, { userId, name, avatarUrl }: UserProfile): ChatState {
  const isTheirs = (person: UserProfile) =>
    person.userId === userId && (person.name !== name || person.avatarUrl !== avatarUrl)
  const renamed = <P extends UserProfile>(person: P): P => (isTheirs(person) ? { ...person, name, avatarUrl } : person)
  const said = <M extends Message | null>(message: M): M =>
    message && isTheirs(message.sender) ? { ...message, sender: renamed(message.sender) } : message
  const conversations = mapChanged(state.conversations, (held) => {
    const participants = held.participants.some(isTheirs) ? held.participants.map(renamed) : held.participants
    const lastMessage = said(held.lastMessage)
    return participants === held.participants && lastMessage === held.lastMessage
      ? held
      : { ...held, participants, lastMessage }
  })
  const timelines = mapChanged(state.timelines, (timeline) =>
    timeline.messages.some(({ sender }) => isTheirs(sender))
      ? { ...timeline, messages: timeline.messages.map(said) }
      : timeline,
  )
  const me = state.me && renamed(state.me)
  const isSame = conversations === state.conversations && timelines === state.timelines && me === state.me
  return isSame ? state : { ...state, conversations, timelines, me }
}

/** The same record where nothing in it changes. */
function mapChanged<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Readonly<Record<string, T>> {
  const changed = Object.entries(record).flatMap(([key, value]) => {
    const next = change(value)
    return next === value ? [] : [[key, next] as const]
  })
  return changed.length === 0 ? record : { ...record, ...Object.fromEntries(changed) }
}
