import { type Actor, kindOf, type Payload, type Policy } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { KeptBody } from '../messages/message-body.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField } from '../refusals.ts'

/** Where the policy says how long a kind waits for a decision. */
const waits: Readonly<Record<string, 'expireAfterSeconds' | 'bookingsExpireAfterSeconds'>> = {
  service_offer: 'expireAfterSeconds',
  booking_request: 'bookingsExpireAfterSeconds',
}

/** Whether a message of that type waits for somebody's decision. */
export const hasStates = (type: string) => kindOf(type).states !== undefined

/**
 * The payload with the time until which it can be decided: as its sender says, or else as the policy does, and of a booking
 * request no later than the last of its times. Refuses what is past already. `now` is the database's time.
 */
export function withDeadline(
  type: string,
  payload: Payload,
  { offers }: Policy,
  now: string,
): { payload: Payload; expiresAt: string | undefined } {
  const { expiresAt, requestedFor } = payload as { expiresAt?: string; requestedFor?: { start: string }[] }
  const isPast = (time: number) => time <= Date.parse(now)
  if (expiresAt !== undefined && isPast(Date.parse(expiresAt)))
    throw invalidField('/payload/expiresAt', 'past', 'is past already')
  const times = requestedFor?.map(({ start }) => Date.parse(start)) ?? []
  if (times.length > 0 && times.every(isPast))
    throw invalidField('/payload/requestedFor', 'past', 'names times that are past already')
  const seconds = offers[waits[type]!]
  const said = expiresAt === undefined ? [] : [Date.parse(expiresAt)]
  const byPolicy = seconds === null ? [] : [Date.parse(now) + seconds * 1_000]
  const ends = [...(said.length > 0 ? said : byPolicy), ...(times.length > 0 ? [Math.max(...times)] : [])]
  if (ends.length === 0) return { payload, expiresAt: undefined }
  const end = Math.min(...ends)
  // the format has offsets of a whole day, which the database does not read
  const until = new Date(end).toISOString()
  return { payload: end === said[0] ? payload : { ...payload, expiresAt: until }, expiresAt: until }
}

/** The body of a message that waits for a decision, with its time. */
export async function waiting(
  { store }: Pick<Deps, 'store'>,
  { tenantId }: Actor,
  type: string,
  { content, extras }: KeptBody,
  policy: Policy,
): Promise<KeptBody> {
  const now = await store.snapshot(tenantId, (uow) => uow.now())
  const { payload, expiresAt } = withDeadline(type, extras?.payload ?? {}, policy, now)
  return { content, extras: { ...extras, payload, ...(expiresAt !== undefined && { expiresAt }) } }
}

/** Sees to it that what nobody decides expires by itself. An append does so in the database. */
export async function scheduleExpiry(
  { jobs }: UnitOfWork,
  messageId: string,
  dueAt: string | undefined,
): Promise<void> {
  if (dueAt !== undefined) await jobs.schedule({ kind: 'expire_message', key: messageId, dueAt, payload: {} })
}
