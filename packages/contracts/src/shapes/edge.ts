import { type Static, Type } from 'typebox'
import { Me } from './actor.ts'
import { Participant, SharedConversation } from './conversation.ts'
import { ConversationId, Seq, Timestamp, UserId } from './identifiers.ts'
import { Message } from './message.ts'

/** Where a conversation stands: both numbers only grow, and every change moves exactly one of them by one. */
export type Head = Static<typeof Head>
export const Head = Type.Object({ conversationId: ConversationId, seq: Seq, rev: Seq })

/** A gateway learns at most this many heads of a connecting user; the others it learns when something happens there. */
export const MAX_SESSION_HEADS = 500

export type Session = Static<typeof Session>
export const Session = Type.Object({
  me: Me,
  /** The database's time at which the heads were read. */
  at: Timestamp,
  unreadCount: Type.Integer(),
  /** The most recently active conversations of the user. */
  heads: Type.Array(Head),
  /** A `SyncResult` as JSON, as of the same moment, where it was asked for and could be answered: gateways pass it on as it is. */
  sync: Type.Optional(Type.String()),
})

/** Who may hear a conversation now, and from which message on. */
export type AudienceSnapshot = Static<typeof AudienceSnapshot>
export const AudienceSnapshot = Type.Object({
  version: Seq,
  members: Type.Array(
    Type.Object({ userId: UserId, visibleFromSeq: Seq, receiptsHidden: Type.Optional(Type.Boolean()) }),
  ),
})

export type CatchUp = Static<typeof CatchUp>
export const CatchUp = Type.Object({
  head: Head,
  audience: AudienceSnapshot,
  /** Messages after the asked seq, ascending, in their present state. */
  messages: Type.Array(Message),
  /** Older messages changed after the asked rev. */
  changed: Type.Array(Message),
  /** Participants who joined, left, received or read after the asked rev. `left` ones are named for leaving their rooms. */
  participants: Type.Array(
    Type.Object({
      participant: Participant,
      joined: Type.Boolean(),
      left: Type.Boolean(),
      /** How far they are, for those who may hear it: nobody else where it is hidden. */
      lastReadSeq: Type.Optional(Seq),
      lastDeliveredSeq: Type.Optional(Seq),
      receiptsHidden: Type.Optional(Type.Boolean()),
    }),
  ),
  conversation: SharedConversation,
  /** Whether title, picture, metadata, status or somebody's role changed after the asked rev. */
  conversationChanged: Type.Optional(Type.Boolean()),
  /** True: more is missing than one answer carries; sockets are told to resync instead. */
  tooFar: Type.Boolean(),
})
