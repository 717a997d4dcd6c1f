import { Type } from 'typebox'
import { AudienceSnapshot, CatchUp, Head, Session } from '../shapes/edge.ts'
import { ConversationId, UserId } from '../shapes/identifiers.ts'
import { type Api, defineRpc } from './operation.ts'

/** What gateways ask of the conversation service on their own account, not for one user. Not reachable from outside. */
export const edge = defineRpc('parley.rpc.v1.edge', {
  /** Called while a socket connects; also stores what the token says of the user. */
  openSession: { input: Type.Object({}), output: Session, errors: ['forbidden', 'rate_limited'] },
  /** Which of these users may not be connected. */
  disabledAmong: {
    input: Type.Object({ userIds: Type.Array(UserId, { maxItems: 500 }) }),
    output: Type.Object({ userIds: Type.Array(UserId) }),
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
})

export type Edge = Api<typeof edge>
