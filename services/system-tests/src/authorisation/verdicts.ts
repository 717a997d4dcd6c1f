import { isThere, type Outcome, type Place, type Role, type Standing, standingOf } from './roles.ts'
import type { Supply, Target } from './world.ts'

/** One way to ask for an operation, and who is answered what. */
export interface Case {
  /** Tells the ways of one operation apart. */
  way?: string
  at: readonly Place[]
  may: Verdicts
  /** Where it is otherwise. */
  but?: Partial<Record<Place, Partial<Verdicts>>>
  /** Also what does not exist can be had: it is made, or it makes no difference. */
  makes?: boolean
  /** The procedure's whole input; REST takes its path and query out of it. */
  input: (target: Target) => Record<string, unknown>
  /** Whose message it is about. */
  whose?: 'own' | 'other'
  /** What a success uses up, or changes for others: each has its own. */
  uses?: Supply
}
export type Verdicts = Record<Standing, Outcome>

/** Who is answered what. Whoever may do it to a thing that is not there is told `not_found`. */
export function expectedOf({ may, but, makes }: Case, role: Role, place: Place): Outcome {
  const standing = standingOf(role, place)
  const verdict = but?.[place]?.[standing] ?? may[standing]
  return verdict === 'ok' && !makes && !isThere(role, place) ? 'not_found' : verdict
}

export const users = (verdict: Outcome) => ({
  none: 'unauthenticated' as const,
  outsider: verdict,
  exParticipant: verdict,
  rejoined: verdict,
  observer: verdict,
  owner: verdict,
  participant: verdict,
  blocked: verdict,
  disabled: 'forbidden' as const,
})
export const everybody: Verdicts = { ...users('ok'), admin: 'ok', service: 'ok' }
const nobodyElse = {
  outsider: 'not_found',
  exParticipant: 'not_found',
  admin: 'not_found',
  service: 'not_found',
} as const
/** Who is in the conversation. To the others it is not there. */
export const participants: Verdicts = { ...everybody, ...nobodyElse }
/** And who was in it: what they do about others there outlasts that. */
export const everBeen: Verdicts = { ...participants, exParticipant: 'ok' }
export const adminsOnly: Verdicts = { ...users('forbidden'), admin: 'ok', service: 'ok' }
export const serviceOnly: Verdicts = { ...adminsOnly, admin: 'forbidden' }
/** What participants know of and may not do. */
export const noParticipant: Verdicts = { ...users('forbidden'), ...nobodyElse }
export const owners: Verdicts = { ...noParticipant, owner: 'ok' }
export const named: Verdicts = {
  ...users('ok'),
  outsider: 'gone',
  exParticipant: 'gone',
  admin: 'gone',
  service: 'gone',
}

export const whoIsIn = (verdict: Outcome) => ({
  owner: verdict,
  participant: verdict,
  rejoined: verdict,
  observer: verdict,
})
export const ended = { closed: whoIsIn('conversation_closed'), readOnly: whoIsIn('conversation_read_only') }
export const onlyGroups = {
  direct: { owner: 'forbidden' },
  context: { owner: 'forbidden' },
  readOnly: { owner: 'forbidden' },
} as const
export const whileOpen = { ...onlyGroups, closed: { owner: 'conversation_closed' } } as const
export const nothingOfTheirs = { self: { outsider: 'ok', exParticipant: 'ok', admin: 'ok', service: 'ok' } } as const
