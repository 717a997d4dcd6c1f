import { ConversationId, type Event, EventPlace } from '@parley/contracts'
import { Check } from 'typebox/value'
import type { Store } from '../ports/store.ts'
import { reasonOf } from './reason-of.ts'

/** An event as it came from the stream. */
export interface UnhandledEvent {
  id: string
  subject: string
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  sequence: number | null
}

/** `consumer` could not handle it: what it takes to find it and to tell of it again is kept, and nothing that people have written. */
export async function setEventAside(
  { transaction }: Pick<Store, 'transaction'>,
  consumer: string,
  { id, subject, headers, body, sequence }: UnhandledEvent,
  err: unknown,
): Promise<void> {
  const [, , , tenantId = '', ...type] = subject.split('.')
  const place = placeIn(body)
  const conversationId = headers['Parley-Conversation']
  await transaction(tenantId, ({ deadEvents }) =>
    deadEvents.put({
      ...{ consumer, subject, sequence, place, error: reasonOf(err) },
      eventId: id || `${subject} ${sequence}`,
      type: type.join('.') || null,
      conversationId: Check(ConversationId, conversationId) ? conversationId : null,
    }),
  )
}

/** What it takes to tell of it again, where it says so. */
function placeIn(body: Uint8Array): EventPlace | null {
  try {
    const { type, conversationId, seq, rev, at, data } = JSON.parse(Buffer.from(body).toString()) as Event
    const { userId = null } = data as { userId?: string }
    const place = { type, conversationId, seq, rev, at, userId }
    return Check(EventPlace, place) ? place : null
  } catch {
    return null
  }
}
