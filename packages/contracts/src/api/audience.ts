import { type Static, Type } from 'typebox'
import { Event } from '../events/events.ts'
import { ConversationId, MessageId, Seq, TenantId, Timestamp, UserId } from '../shapes/identifiers.ts'
import { MovedMessage, NotifiedConversation } from '../shapes/notification.ts'
import { orNull } from '../shapes/or-null.ts'
import { UnreadRecipient } from '../shapes/recipient.ts'
import { UserRevocation } from '../shapes/session.ts'
import { admission } from './admission.ts'
import { type Api, defineRpc } from './operation.ts'

/** As many conversations as one call asks about, and as many of those who are in each as it looks at. */
export const MAX_ASKED_CONVERSATIONS = 50
export const MAX_RECIPIENTS = 500
/** As many questions of how somebody stands as one call asks. */
export const MAX_STANDINGS = 50

/** A message that somebody has not read: what it is decided by, without its words. */
export type UnreadMessage = Static<typeof UnreadMessage>
export const UnreadMessage = Type.Object({
  messageId: MessageId,
  seq: Seq,
  type: Type.String(),
  senderId: UserId,
  at: Timestamp,
})

/** Somebody who has messages that they have not read and were not told of: of these are `seqs`. */
export type Recipient = Static<typeof Recipient>
export const Recipient = Type.Object({
  ...UnreadRecipient.properties,
  toSeq: Type.Integer({ ...Seq, description: 'So far it was looked; lower than `agedSeq` where there is more' }),
})

/** Some of those who are in a conversation, as far as there is something to tell them. */
export type RecipientsPage = Static<typeof RecipientsPage>
export const RecipientsPage = Type.Object({
  conversation: orNull(NotifiedConversation, 'Null where there is none'),
  agedSeq: Type.Integer({ ...Seq, description: 'The newest message that is as old as the delay' }),
  agesInMs: orNull(
    Type.Number(),
    'In so many milliseconds the next message will be; null where there is no younger one',
  ),
  recipients: Type.Array(Recipient),
  messages: Type.Array(UnreadMessage, { description: 'Those that recipients name, by seq' }),
  next: orNull(UserId, 'Where the next page goes on; null on the last'),
  readers: Type.Optional(
    Type.Array(Type.Object({ userId: UserId, seq: Seq }), {
      description:
        'Who has written among the last hundred messages, and how far they have read: writing is reading, without a word of it',
    }),
  ),
})

/** A message as a notification shows it. */
export type NotifiedMessage = Static<typeof NotifiedMessage>
export const NotifiedMessage = Type.Object({
  id: MessageId,
  seq: Seq,
  type: Type.String(),
  senderId: UserId,
  senderName: orNull(Type.String()),
  senderAvatarUrl: orNull(Type.String()),
  preview: Type.String({ description: 'One line, with numbers as people of the locale write them' }),
  at: Timestamp,
  moved: Type.Optional(MovedMessage),
})

/** What may be shown to somebody of some messages of a conversation at this moment. */
export type Standing = Static<typeof Standing>
export const Standing = Type.Object({
  conversation: orNull(NotifiedConversation, 'Null of what is of no conversation'),
  /** The newest five, the eldest first: of a broadcast itself. None of what is no message. */
  messages: Type.Array(NotifiedMessage),
  /** In the conversation and in all of them, each counted up to 100; of reports, those that wait. */
  unreadCount: Type.Integer(),
  totalUnread: Type.Integer(),
  user: Type.Object({
    name: orNull(Type.String()),
    locale: orNull(Type.String()),
    email: Type.Optional(
      orNull(Type.String(), 'Where the host says now that e-mails reach them; left out by the former release'),
    ),
  }),
})

/** A conversation in which something was written, since that time. */
export type WrittenNews = Static<typeof WrittenNews>
export const WrittenNews = Type.Object({ tenantId: TenantId, conversationId: ConversationId, at: Timestamp })

/** Somebody who has read up to there. */
export type ReadNews = Static<typeof ReadNews>
export const ReadNews = Type.Object({ tenantId: TenantId, conversationId: ConversationId, userId: UserId, seq: Seq })

/**
 * Something besides messages that people are told of: they were let into a conversation, its context has another title or status, a
 * broadcast was sent, a report was opened, or decided.
 */
export type Happened = Static<typeof Happened>
export const Happened = Type.Object({
  kind: Type.Enum(['added', 'context', 'broadcast', 'report', 'decided']),
  aboutId: Type.String({ description: 'The conversation, the broadcast or the report' }),
  userId: orNull(UserId, 'Whom it happened to; null: everybody whom it concerns'),
  seq: Type.Integer({ ...Seq, description: 'Where the conversation was; of a broadcast its number' }),
  rev: Seq,
})
export type HappenedNews = Static<typeof HappenedNews>
export const HappenedNews = Type.Object({ tenantId: TenantId, at: Timestamp, ...Happened.properties })

/** Somebody who is told of what happened. */
export type Concerned = Static<typeof Concerned>
export const Concerned = Type.Object({
  userId: UserId,
  name: orNull(Type.String()),
  locale: orNull(Type.String()),
  email: orNull(Type.String(), 'Where the host says that e-mails reach them'),
  mutedUntil: orNull(Timestamp),
  seq: Type.Integer({ ...Seq, description: 'They have seen it once they have read so far' }),
})

const LogPosition = Type.String({ pattern: '^\\[\\d+(,\\[(\\d+(,\\d+)*)?\\]){2}\\]$', maxLength: 100_000 })

/** What it takes to tell of an event again. */
export type EventPlace = Static<typeof EventPlace>
export const EventPlace = Type.Object({
  ...Type.Pick(Event, ['type', 'conversationId', 'seq', 'rev', 'at']).properties,
  userId: orNull(UserId, 'Whom it is about, where it is about somebody'),
})

const Place = Type.Object({
  userId: UserId,
  conversationId: orNull(ConversationId, 'Null of what is of no conversation: a broadcast, by its number, and reports'),
  fromSeq: Seq,
  toSeq: Seq,
  kind: Type.Optional(
    Type.String({
      description: 'As what they are told; what is no message may stand without any. Left out: of messages',
    }),
  ),
})
const Standings = Type.Object({ standings: Type.Array(orNull(Standing)) })

/**
 * What the notification worker asks of the conversation service, which knows what is unread and who may see it. Nothing is told of by
 * it to who left, is disabled, or has blocked the sender or is blocked by them; nor a message that is deleted for everyone or for them,
 * silent, imported, their own, or Parley's own line, unless that says what became of an offer or a booking request and they are on the other
 * side of it. The actor is a service of the tenant. Not reachable from outside.
 */
export const audience = defineRpc('parley.rpc.v1.audience', {
  ...admission,
  /**
   * What has happened since a position that an earlier answer gave, each conversation and each reader once: of all tenants, whoever's
   * service asks. Asking changes nothing and may be repeated. Null: since an hour ago.
   */
  newsAfter: {
    input: Type.Object({ position: orNull(LogPosition) }),
    output: Type.Object({
      position: LogPosition,
      written: Type.Array(WrittenNews),
      read: Type.Array(ReadNews),
      happened: Type.Optional(Type.Array(HappenedNews)),
      /** There is more at once. */
      more: Type.Boolean(),
    }),
    errors: [],
  },
  /**
   * Who of each of these conversations has messages that are unread and as old as the delay, in their order. A message counts as read up to
   * somebody's watermark: what they have marked as unread again they have seen. `told`: up to where each was told before; left out, never.
   */
  recipientsOf: {
    input: Type.Object({
      conversations: Type.Array(
        Type.Object({
          conversationId: ConversationId,
          after: orNull(UserId),
          told: Type.Array(Type.Object({ userId: UserId, seq: Seq })),
        }),
        { maxItems: MAX_ASKED_CONVERSATIONS },
      ),
      delayMs: Type.Integer({ minimum: 0 }),
      limit: Type.Integer({ minimum: 1, maximum: MAX_RECIPIENTS, description: 'As many are looked at in each' }),
    }),
    output: Type.Object({ pages: Type.Array(RecipientsPage) }),
    errors: [],
  },
  /**
   * Who is told of what happened, as it is now: who has seen it, or is not there any more, is not. None of a change of the context that
   * another one has followed, which tells of both, and of a report that is decided.
   */
  concernedBy: {
    input: Type.Object({ happened: Happened, after: orNull(UserId) }),
    output: Type.Object({
      concerned: Type.Array(Concerned),
      /** Where the next page goes on; null on the last. */
      next: orNull(UserId),
      /** Of reports, how many wait. */
      waiting: Type.Integer(),
    }),
    errors: [],
  },
  /** Writes down in the tenant's audit log what an admin, or the host, is about to do at the notification worker. */
  auditAction: {
    input: Type.Object({
      action: Type.Enum(['template.put', 'template.removed']),
      target: Type.String({ minLength: 1, maxLength: 200 }),
    }),
    output: Type.Object({}),
    errors: ['forbidden'],
  },
  /**
   * What may still leave, of each in its order; null: nothing. Asked directly before somebody is told. And which tokens of these users are
   * refused: what was registered with one of those is told nothing.
   */
  standingOf: {
    input: Type.Object({ items: Type.Array(Place, { maxItems: MAX_STANDINGS }) }),
    output: Type.Object({ ...Standings.properties, revocations: Type.Optional(Type.Array(UserRevocation)) }),
    errors: [],
  },
  /** The same for who looks at what they were told of, read or not, muted or not, and without the counts. */
  shownOf: {
    input: Type.Object({ items: Type.Array(Place, { maxItems: MAX_STANDINGS }) }),
    output: Standings,
    errors: [],
  },
  /** How much is unread for each of these in all, in their order, counted up to 100: what the icon of an app shows. */
  unreadOf: {
    input: Type.Object({ userIds: Type.Array(UserId, { maxItems: MAX_STANDINGS }) }),
    output: Type.Object({ unread: Type.Array(Type.Integer()) }),
    errors: [],
  },
  /** What an event of the tenant's tells now, for who could not handle it when it came; null where what it tells of is gone. */
  eventNow: {
    input: EventPlace,
    output: Type.Object({ event: orNull(Event) }),
    errors: [],
  },
})
export type Audience = Api<typeof audience>
