import type { ConversationStatus } from '@parley/contracts'
import type { HeldConversation } from '../chat/chat-state.ts'
import { fullDate } from './dates.ts'

type Standing = Pick<HeldConversation, 'status' | 'statusReason' | 'closesAt' | 'context'>

/** In the words of the presets. `it` is what the conversation is about. */
const reasons: Readonly<Record<string, (it: string) => string>> = {
  completed: (it) => `${it} is completed`,
  cancelled: (it) => `${it} was cancelled`,
  expired: (it) => `${it} has expired`,
  no_show: () => 'somebody did not show up',
  warranty_over: () => 'the warranty is over',
  archived: (it) => `${it} was archived`,
  terminated: (it) => `${it} was terminated`,
  approved: (it) => `${it} was approved`,
  paid: (it) => `${it} is paid`,
  moderation: () => 'a moderator has decided so',
}

export const statusWords: Record<ConversationStatus, string> = {
  active: 'open',
  read_only: 'read-only',
  closed: 'closed',
}

/** What hosts call a context that is over, in the words of the presets and others that are usual. */
const overWords: ReadonlySet<string> = new Set([
  ...Object.keys(reasons),
  'canceled',
  'closed',
  'declined',
  'done',
  'ended',
  'failed',
  'finished',
  'refunded',
  'rejected',
  'resolved',
  'withdrawn',
])
// Goes on: what is approved or paid is then done.
const goesOn: ReadonlySet<string> = new Set(['approved', 'paid'])

/** Whether what a conversation is about is over, so that it does not look like what is confirmed. */
export function isOver({ status, context }: Pick<HeldConversation, 'status' | 'context'>): boolean {
  const word = context?.status?.toLowerCase()
  return status !== 'active' || (word !== undefined && overWords.has(word) && !goesOn.has(word))
}

/** Why nothing can be written here, in plain words. A reason that is the host's own stays as it is. Null: it is open. */
export function closedText({ status, statusReason, context }: Standing): string | null {
  if (status === 'active') return null
  const what = status === 'closed' ? 'This conversation is closed' : 'This conversation can only be read'
  if (!statusReason || statusReason === status) return `${what}.`
  const known = Object.hasOwn(reasons, statusReason) ? reasons[statusReason] : undefined
  return `${what}: ${known ? known(context ? `the ${context.type}` : 'it') : statusReason}.`
}

/** Until when it can be written in, where that is known and still to come. */
export function closingText({ status, closesAt }: Standing, now = Date.now()): string | null {
  if (status !== 'active' || !closesAt || Date.parse(closesAt) <= now) return null
  return `Can be written in until ${fullDate(closesAt)}.`
}

/** Its time is over, whether or not the server has said so yet: it would refuse what is written. */
export function hasRunOut({ status, closesAt }: Standing, now = Date.now()): boolean {
  return status === 'active' && closesAt !== null && Date.parse(closesAt) <= now
}
