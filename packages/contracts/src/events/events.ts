import { type Static, type TUnsafe, Type } from 'typebox'
import { Participant, SharedConversation } from '../shapes/conversation.ts'
import { ConversationId, Seq, TenantId, Timestamp, UserId } from '../shapes/identifiers.ts'
import { Message } from '../shapes/message.ts'
import { TransitionedMessage } from '../shapes/message-state.ts'

/**
 * The durable events, by type, with what `data` holds. They describe present state at the time of publishing: a message
 * deleted before its event was relayed arrives as a tombstone.
 */
export const eventData = {
  'conversation.created': SharedConversation,
  'conversation.updated': SharedConversation,
  'message.created': Message,
  'message.updated': Message,
  'message.deleted': Message,
  'message.transitioned': TransitionedMessage,
  'messages.read': Type.Object({ userId: UserId, seq: Seq, at: Timestamp }),
  'messages.delivered': Type.Object({ userId: UserId, seq: Seq, at: Timestamp }),
  'participant.joined': Participant,
  'participant.updated': Participant,
  'participant.left': Participant,
} as const

export type EventType = keyof typeof eventData

export type EventData = { [T in EventType]: Static<(typeof eventData)[T]> }[EventType]

const types: EventType[] = Object.keys(eventData) as EventType[]

/**
 * What JetStream carries on `parley.event.v1.<tenant>.<type>`. Delivered at least once and in no promised order: keep the
 * highest (seq, rev) per conversation and drop an `id` seen before.
 */
export type Event = Static<typeof Event>
export const Event = Type.Object({
  /**
   * `<conversation>:<seq>` of a new message, `<conversation>:r<rev>` of any other change. After the database was restored from a backup,
   * which gives positions again, `<conversation>:e<epoch>:<seq>` and `<conversation>:e<epoch>:r<rev>`.
   */
  id: Type.String(),
  type: Type.Enum(types),
  tenantId: TenantId,
  conversationId: ConversationId,
  seq: Seq,
  rev: Seq,
  at: Timestamp,
  // the types of an array's items do not come through
  data: Type.Union(Object.values(eventData)) as unknown as TUnsafe<EventData>,
})

/** `epoch`: the one that the database had by a restore before it happened. */
export function eventId(type: EventType, conversationId: string, seq: number, rev: number, epoch?: number): string {
  const life = epoch === undefined ? conversationId : `${conversationId}:e${epoch}`
  return type === 'message.created' ? `${life}:${seq}` : `${life}:r${rev}`
}
