import type { ErrorCode } from '@parley/contracts'

/**
 * Who asks. `exParticipant` was removed, `rejoined` was removed and let in again, `blocked` is in a direct conversation with
 * somebody who has blocked them, and `disabled` is in everything. `foreignAdmin` moderates another tenant, under the user id
 * that `participant` has in this one.
 */
export const roles = [
  'none',
  'outsider',
  'exParticipant',
  'rejoined',
  'observer',
  'owner',
  'participant',
  'blocked',
  'disabled',
  'foreignAdmin',
  'admin',
  'service',
] as const
export type Role = (typeof roles)[number]

/**
 * Where they ask. Conversations: `closed` is a group that an admin has closed, `readOnly` that of a context that is done.
 * Messages lie in these, and `hidden` is one of before `rejoined` came back. Contexts: `context` has a conversation,
 * `unstarted` has none. Users: `known` is in most of it, `stranger` in nothing. What is `foreign` is another tenant's, with
 * the same people in it; what is `missing` never was.
 */
export type Place =
  | 'anywhere'
  | 'direct'
  | 'group'
  | 'context'
  | 'closed'
  | 'readOnly'
  | 'hidden'
  | 'unstarted'
  | 'known'
  | 'stranger'
  | 'self'
  | 'reported'
  | 'missing'
  | 'foreign'

/** What somebody is where they ask. An admin of another tenant is an admin to whom nothing of this one exists. */
export type Standing = Exclude<Role, 'foreignAdmin'>
/** `gone`: a sync that says the conversation is not theirs. */
export type Outcome = 'ok' | 'gone' | ErrorCode

const inContexts = { observer: 'outsider', blocked: 'participant' } as const
/** Who is somebody else in a place than their name says. */
const otherwise: Partial<Record<Place, Partial<Record<Role, Standing>>>> = {
  direct: { exParticipant: 'outsider', rejoined: 'outsider', observer: 'outsider' },
  group: { blocked: 'participant' },
  closed: { blocked: 'participant' },
  hidden: { blocked: 'participant', rejoined: 'outsider' },
  context: inContexts,
  readOnly: inContexts,
  unstarted: { observer: 'outsider' },
  known: { blocked: 'participant' },
}

export function standingOf(role: Role, place: Place): Standing {
  if (role === 'foreignAdmin') return 'admin'
  if (role === 'none' || role === 'disabled' || role === 'admin' || role === 'service') return role
  if (place === 'stranger' || !isThere(role, place)) return 'outsider'
  return otherwise[place]?.[role] ?? role
}

/** Whether it exists in the tenant of who asks. */
export function isThere(role: Role, place: Place): boolean {
  if (place === 'missing') return false
  if (place === 'anywhere' || place === 'self' || place === 'known') return true
  return (place === 'foreign') === (role === 'foreignAdmin')
}

/** Whether who asks may not even know that it exists. */
export function isUnknown(role: Role, place: Place): boolean {
  const standing = standingOf(role, place)
  return !isThere(role, place) || ((standing === 'outsider' || standing === 'exParticipant') && place !== 'self')
}
