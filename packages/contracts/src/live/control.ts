import { type Static, Type } from 'typebox'
import { ConversationId, MessageId, TenantId, Timestamp, UserId } from '../shapes/identifiers.ts'
import { orNull } from '../shapes/or-null.ts'
import { MAX_UPSERTS } from '../shapes/pagination.ts'
import { Revocation } from '../shapes/session.ts'
import { WebhookDisabled } from '../shapes/webhook.ts'
import { serverEvents } from './server-events.ts'

/**
 * On `subjects.control`, at most once: whoever misses it finds out by itself within seconds (users, policies and
 * blocks are looked at again), reads names when it loads, or has missed a broadcast.
 */
export type Control = Static<typeof Control>
export const Control = Type.Union([
  Type.Object({ kind: Type.Literal('user_changed'), tenantId: TenantId, userId: UserId, disabled: Type.Boolean() }),
  /** Some of the user's tokens are refused from now on: those of which this says so, of all that were ever taken back. */
  Type.Object({
    kind: Type.Literal('tokens_revoked'),
    tenantId: TenantId,
    userId: UserId,
    ...Revocation.properties,
  }),
  Type.Object({ kind: Type.Literal('policy_changed'), tenantId: TenantId }),
  /** Their names or pictures are others now: whoever is in a conversation with them is told. */
  Type.Object({
    kind: Type.Literal('profiles_changed'),
    tenantId: TenantId,
    userIds: Type.Array(UserId, { maxItems: MAX_UPSERTS }),
  }),
  /** There is a block between the two, or none any more. */
  Type.Object({
    kind: Type.Literal('block_changed'),
    tenantId: TenantId,
    userIds: Type.Array(UserId, { maxItems: 2 }),
  }),
  /** They were deleted for everyone: whoever keeps what was told of them for those who missed it lets go of it. */
  Type.Object({
    kind: Type.Literal('messages_deleted'),
    tenantId: TenantId,
    messages: Type.Array(Type.Object({ conversationId: ConversationId, messageId: MessageId }), { maxItems: 100 }),
  }),
  Type.Object({ kind: Type.Literal('broadcast'), tenantId: TenantId, broadcast: serverEvents.admin_broadcast }),
  /** So many were open at that time: of two replicas that count, the later one is right. */
  Type.Object({
    kind: Type.Literal('reports_changed'),
    tenantId: TenantId,
    open: Type.Integer(),
    at: Type.Optional(Timestamp),
  }),
  /** Whoever scheduled it is told how it stands. */
  Type.Object({
    kind: Type.Literal('scheduled_message_changed'),
    tenantId: TenantId,
    userId: UserId,
    scheduled: serverEvents.scheduled_message_updated,
  }),
  /** Whose message is held is told how it stands. */
  Type.Object({
    kind: Type.Literal('held_message_changed'),
    tenantId: TenantId,
    userId: UserId,
    held: serverEvents.held_message_updated,
  }),
  /** Who is told of a tenant's events has changed; one of them may have been turned off because of what it answered. */
  Type.Object({ kind: Type.Literal('webhooks_changed'), tenantId: TenantId, disabled: orNull(WebhookDisabled) }),
  /** Somebody was told of something, or has read what they were told of. */
  Type.Object({
    kind: Type.Literal('notification_changed'),
    tenantId: TenantId,
    userId: UserId,
    notification: serverEvents.notification,
  }),
  /** Gateways say at once who is connected. Outside production only: no other gateway answers. */
  Type.Object({ kind: Type.Literal('sockets_asked') }),
])

/** Somebody who is connected, and with how many sockets. */
export type ConnectedUser = Static<typeof ConnectedUser>
export const ConnectedUser = Type.Object({ tenantId: TenantId, userId: UserId, sockets: Type.Integer() })
/** A gateway names at most this many of them. */
export const MAX_CONNECTED_USERS = 500

/** On `subjects.online`. */
export type Online = Static<typeof Online>
export const Online = Type.Object({
  gatewayId: Type.String(),
  /** Users with a socket, by tenant. */
  users: Type.Record(TenantId, Type.Integer()),
  /** Where `sockets_asked` was asked: the first of them. */
  sockets: Type.Optional(Type.Array(ConnectedUser)),
})
