import { type Static, type TSchema, Type } from 'typebox'
import { Me, UserProfile } from '../shapes/actor.ts'
import { BroadcastMessage } from '../shapes/broadcast.ts'
import { Participant, SharedConversation } from '../shapes/conversation.ts'
import { HiddenMessage } from '../shapes/deletion.ts'
import { Head } from '../shapes/edge.ts'
import { HeldMessage } from '../shapes/held-message.ts'
import { ConversationId, Seq, Timestamp, UserId } from '../shapes/identifiers.ts'
import { Message } from '../shapes/message.ts'
import { NotificationChange } from '../shapes/notification.ts'
import { orNull } from '../shapes/or-null.ts'
import { OwnConversation } from '../shapes/own-state.ts'
import { Presence } from '../shapes/presence.ts'
import { OpenReports } from '../shapes/report.ts'
import { ScheduledMessage } from '../shapes/scheduled-message.ts'
import { SyncResult } from '../shapes/sync.ts'
import { WebhookDisabled } from '../shapes/webhook.ts'

/** What a client hears. */
export const serverEvents = {
  /** The handshake is over: whatever is committed from now on arrives live. Load or sync after it. */
  /** Unread messages over all conversations are counted up to 100; 100 means "99+". */
  ready: Type.Object({
    ...{ me: Me, at: Timestamp, unreadCount: Type.Integer(), gatewayId: Type.String() },
    /** To the `sync` of the handshake. Missing where nobody asked or it cannot be said right now: ask by the event then. */
    sync: Type.Optional(SyncResult),
  }),
  new_message: Message,
  message_updated: Message,
  /**
   * Somebody read up to `seq`. Above 50 participants `userId` is null and `readCount` says how many have read the last
   * message. A new_message also says that its sender has read everything before it.
   */
  messages_read: Type.Object({
    conversationId: ConversationId,
    userId: orNull(UserId),
    seq: Seq,
    at: Timestamp,
    readCount: Type.Optional(Type.Integer()),
  }),
  /**
   * Messages up to `seq` have come to a device of somebody's; a messages_read says so too. Above 50 participants `userId` is
   * null and `deliveredCount` says how many have received the last message.
   */
  messages_delivered: Type.Object({
    conversationId: ConversationId,
    userId: orNull(UserId),
    seq: Seq,
    at: Timestamp,
    deliveredCount: Type.Optional(Type.Integer()),
  }),
  new_conversation: SharedConversation,
  conversation_updated: SharedConversation,
  participant_joined: Type.Object({ conversationId: ConversationId, participant: Participant }),
  participant_left: Type.Object({ conversationId: ConversationId, userId: UserId }),
  /** Yours alone, to all your sockets. */
  conversation_state: OwnConversation,
  /** You have deleted a message for yourself, on this device or another: to you it is gone. */
  message_hidden: Type.Object({ conversationId: ConversationId, ...HiddenMessage.properties }),
  /**
   * Somebody with whom you are in a conversation, or you yourself, has another name or picture: so they are called from now on
   * wherever they stand, as participants and as senders. Best effort: whatever is loaded names everybody as they are called by then.
   */
  user_updated: UserProfile,
  user_typing: Type.Object({ conversationId: ConversationId, userId: UserId, isTyping: Type.Boolean() }),
  /** Somebody whom you asked for by `get_presence` came, went, or is not to be seen by you any more. Best effort. */
  presence_changed: Presence,
  /**
   * Something was missed that cannot be told in order: sync that conversation, which may be new to you or gone, or, with
   * null, all.
   */
  resync_required: Type.Object({ conversationId: orNull(ConversationId) }),
  /** From an admin to everybody of the tenant who is connected; `GET /broadcasts` has the last ones. */
  admin_broadcast: BroadcastMessage,
  /** To the tenant's admins: so many reports wait for a decision, counted up to 100. */
  reports_changed: OpenReports,
  /** To the tenant's admins: a webhook is told of nothing any more, because of what it answered. Best effort: `GET /webhooks` says so. */
  webhook_disabled: WebhookDisabled,
  /**
   * One of your scheduled messages is new, changed, sent, cancelled, or failed, with why. Best effort: `GET /scheduled-messages` has
   * those that wait or have failed.
   */
  scheduled_message_updated: ScheduledMessage,
  /** One of your messages is held for review, or was released or refused. Best effort: `GET /held-messages` has those that wait. */
  held_message_updated: HeldMessage,
  /**
   * You were told of something: a notification is new, counts more, or was read, on this device or another. Best effort:
   * `GET /notifications` has them, with what they say.
   */
  notification: NotificationChange,
  /**
   * Where the conversations stand that this socket has open: every half minute, while it has any. What moved either number was told
   * before. Whoever holds a lower `seq`, or a lower `rev`, has lost something on the way: sync.
   */
  heads: Type.Object({ heads: Type.Array(Head) }),
  /** The token that this socket came with ends: `refresh_token` with another, or the socket is closed then. */
  token_expiring: Type.Object({ expiresAt: Timestamp, inMs: Type.Integer() }),
  /**
   * The socket is closed right after this, and its token is of no use any more: do not come back with it. `revoked`: log in again for
   * another one; `ended`: this session was, on another device or by an admin; `disabled`: the account is.
   */
  session_ended: Type.Object({ reason: Type.Enum(['revoked', 'ended', 'disabled']) }),
  /** The gateway is about to close the socket so that it reconnects elsewhere. */
  server_draining: Type.Object({ reconnectInMs: Type.Integer() }),
} as const satisfies Record<string, TSchema>

/** Which counter of its conversation the change moves that an event tells of; null: the event tells of none. */
export const movedCounters = {
  ready: null,
  new_message: 'seq',
  message_updated: 'rev',
  messages_read: 'rev',
  messages_delivered: 'rev',
  new_conversation: 'rev',
  conversation_updated: 'rev',
  participant_joined: 'rev',
  participant_left: 'rev',
  conversation_state: null,
  message_hidden: null,
  user_updated: null,
  user_typing: null,
  presence_changed: null,
  resync_required: null,
  admin_broadcast: null,
  reports_changed: null,
  webhook_disabled: null,
  scheduled_message_updated: null,
  held_message_updated: null,
  notification: null,
  heads: null,
  token_expiring: null,
  session_ended: null,
  server_draining: null,
} as const satisfies Record<keyof typeof serverEvents, 'seq' | 'rev' | null>

export type ServerEventName = keyof typeof serverEvents
export type ServerEvent<N extends ServerEventName> = Static<(typeof serverEvents)[N]>

export type ServerToClient = { [N in ServerEventName]: (data: ServerEvent<N>) => void }
