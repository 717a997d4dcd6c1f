import { type Static, Type } from 'typebox'
import type { Event } from './events.ts'

/**
 * The headers of an event on NATS: CloudEvents 1.0 in binary mode, of which the body is the data. Whoever knows CloudEvents finds what they
 * know; whoever filters needs not to parse a body.
 */
export type EventHeaders = Static<typeof EventHeaders>
export const EventHeaders = Type.Object({
  'Parley-Conversation': Type.String({ description: 'The conversation, for filtering without parsing' }),
  'ce-specversion': Type.Literal('1.0', { description: 'CloudEvents, binary mode: the body is the data' }),
  'ce-id': Type.String({ description: "The event's id, unique in its source and in all others" }),
  'ce-type': Type.String({ description: "The event's type behind `parley.`, such as `parley.message.created`" }),
  'ce-source': Type.String({ description: 'Where it happened: `/tenants/{tenantId}/conversations/{conversationId}`' }),
  'ce-time': Type.String({ description: 'When it happened: ISO 8601, UTC' }),
  'content-type': Type.Literal('application/json'),
})

export function eventHeaders({
  id,
  type,
  tenantId,
  conversationId,
  at,
}: Pick<Event, 'id' | 'type' | 'tenantId' | 'conversationId' | 'at'>): EventHeaders {
  return {
    'Parley-Conversation': conversationId,
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-type': `parley.${type}`,
    'ce-source': `/tenants/${tenantId}/conversations/${conversationId}`,
    'ce-time': at,
    'content-type': 'application/json',
  }
}
