import { type Static, Type } from 'typebox'
import { Conversation, Participant } from './conversation.ts'
import { HiddenMessage } from './deletion.ts'
import { ConversationId, OpaqueCursor, Timestamp } from './identifiers.ts'
import { Message } from './message.ts'
import { orNull } from './or-null.ts'

/** Narrower than RFC 3339: years 1000 to 2999, no leap second or offset that dates in JavaScript or Postgres do not take. */
const Since = Type.String({ ...Timestamp, pattern: '^[12]\\d{3}-.*:[0-5]\\d(\\.\\d+)?(Z|[+-](0\\d|1[0-4]):\\d\\d)$' })

/**
 * "What changed since I was here": a cursor per conversation that the client holds (null: "I have nothing of it"), and
 * `since` for the conversations that it does not name. Without `since`, only the named ones are compared.
 */
export type Sync = Static<typeof Sync>
export const Sync = Type.Object(
  {
    cursors: Type.Array(
      Type.Object({ conversationId: ConversationId, cursor: orNull(OpaqueCursor) }, { additionalProperties: false }),
      { maxItems: 200 },
    ),
    since: Type.Optional(Since),
  },
  { additionalProperties: false },
)

/** So many cursors a handshake may carry: one answer has no more conversations, and whoever has shown no token yet sends little. */
export const MAX_HANDSHAKE_CURSORS = 50
/** The same question in the handshake, answered in `ready`. */
export type HandshakeSync = Static<typeof HandshakeSync>
export const HandshakeSync = Type.Object(
  { ...Sync.properties, cursors: Type.Array(Sync.properties.cursors.items, { maxItems: MAX_HANDSHAKE_CURSORS }) },
  { additionalProperties: false },
)

export type ConversationChanges = Static<typeof ConversationChanges>
export const ConversationChanges = Type.Object({
  conversation: Conversation,
  /**
   * True: what the client holds of it is of another stay or another database, or nothing. Replace it by this answer; what
   * was heard live up to the conversation's lastSeq and is not in it does not count.
   */
  reset: Type.Boolean(),
  /**
   * True: since then Parley was restored from a backup, and what was said last before may be lost. Messages have other ids than lost ones
   * that had their `seq`; whatever was heard live before this answer is to be dropped, and asked for with the new cursor.
   */
  restored: Type.Optional(Type.Boolean()),
  /** New messages, ascending. */
  messages: Type.Array(Message),
  /** Older messages whose present state differs from what the cursor knew. */
  changed: Type.Array(Message),
  /** What the user has deleted for themself since; with `reset` what is not there is hidden. */
  hidden: Type.Array(HiddenMessage),
  /** Participants who joined or whose watermarks moved, in their present state. */
  participants: Type.Array(Participant),
  /** True: `messages` is only the latest page; what lies between comes by paging backwards. */
  hasMore: Type.Boolean(),
})

export type SyncResult = Static<typeof SyncResult>
export const SyncResult = Type.Object({
  conversations: Type.Array(ConversationChanges),
  /** Named conversations that the user is not in (any more). */
  gone: Type.Array(ConversationId),
  /**
   * True: not every conversation fitted, or not every change of one; call again with the new cursors, and name what came. What cannot be
   * named any more comes again each time: go on without `since`, and take from the list of conversations what is new.
   */
  hasMore: Type.Boolean(),
  /** The server's time of this answer, for the next `since`. */
  at: Timestamp,
})
