import { Type } from 'typebox'
import { UserProfile } from '../shapes/actor.ts'
import { AudienceSnapshot, CatchUp, Head, Session } from '../shapes/edge.ts'
import { ConversationId, Timestamp, UserId } from '../shapes/identifiers.ts'
import { Nothing } from '../shapes/nothing.ts'
import { orNull } from '../shapes/or-null.ts'
import { MAX_WATCHED, SeenUser } from '../shapes/presence.ts'
import { UserRevocation } from '../shapes/session.ts'
import { HandshakeSync } from '../shapes/sync.ts'
import { type Api, defineRpc } from './operation.ts'

/** What gateways ask of the conversation service on their own account, not for one user. Not reachable from outside. */
export const edge = defineRpc('parley.rpc.v1.edge', {
  /** Called while a socket connects; also stores what the token says of the user. */
  openSession: {
    input: Type.Object({ sync: Type.Optional(HandshakeSync) }),
    output: Session,
    errors: ['forbidden', 'rate_limited'],
  },
  /** Refuses the actor's token if it was taken back, or its user may not be connected. */
  requireToken: { input: Nothing, output: Nothing, errors: ['forbidden'] },
  /** Which of these users may not be connected, and of the others those with tokens that may not. */
  disabledAmong: {
    input: Type.Object({ userIds: Type.Array(UserId, { maxItems: 500 }) }),
    output: Type.Object({
      userIds: Type.Array(UserId),
      revocations: Type.Optional(Type.Array(UserRevocation)),
    }),
    errors: [],
  },
  /** What a user is called now, and which of these others are in a conversation with them. */
  acquainted: {
    input: Type.Object({ userId: UserId, among: Type.Array(UserId, { maxItems: 500 }) }),
    output: Type.Object({ profile: UserProfile, userIds: Type.Array(UserId) }),
    errors: [],
  },
  /**
   * Whose presence among these the actor may know: who is in a conversation with them, by the tenant's rules and the wishes of both, without
   * a block between them. Names themself. `again`: a gateway looks whether it may go on telling; no call of the actor's.
   */
  presenceSeen: {
    input: Type.Object({ userIds: Type.Array(UserId, { maxItems: MAX_WATCHED }), again: Type.Boolean() }),
    output: Type.Object({ seen: Type.Array(SeenUser) }),
    errors: ['forbidden', 'rate_limited'],
  },
  /** When these were there last. An earlier time than is known changes nothing. */
  lastSeen: {
    input: Type.Object({
      users: Type.Array(Type.Object({ userId: UserId, at: Timestamp }), { maxItems: 500 }),
    }),
    output: Nothing,
    errors: [],
  },
  heads: {
    input: Type.Object({ conversationIds: Type.Array(ConversationId, { maxItems: 500 }) }),
    output: Type.Object({ heads: Type.Array(Head) }),
    errors: [],
  },
  catchUp: { input: Head, output: CatchUp, errors: ['not_found'] },
  audience: {
    input: Type.Object({ conversationId: ConversationId }),
    output: AudienceSnapshot,
    errors: ['not_found'],
  },
  /** Refuses as a message of the user's would be refused there now, and says until when that holds by itself. */
  requireWriter: {
    input: Type.Object({ conversationId: ConversationId, userId: UserId }),
    output: Type.Object({ until: orNull(Timestamp) }),
    errors: ['rate_limited', 'not_found', 'forbidden', 'blocked', 'conversation_read_only', 'conversation_closed'],
  },
})

export type Edge = Api<typeof edge>
