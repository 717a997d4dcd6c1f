import { Type } from 'typebox'
import { ConversationId, UserId } from '../shapes/identifiers.ts'
import { MAX_WATCHED, PresenceState } from '../shapes/presence.ts'
import { ConnectedSession } from '../shapes/session.ts'
import { type Api, defineRpc } from './operation.ts'

/** As many people in conversations as one call asks about. */
export const MAX_PLACES = 500

/**
 * What services ask gateways, which know together who is connected where: any of them answers for all. The actor is a service of the
 * tenant; who may know it is for the asking one to say. Not reachable from outside.
 */
export const presence = defineRpc('parley.rpc.v1.presence', {
  /** How these are, in their order. */
  statesOf: {
    input: Type.Object({ userIds: Type.Array(UserId, { maxItems: MAX_WATCHED }) }),
    output: Type.Object({ states: Type.Array(PresenceState) }),
    errors: [],
  },
  /** Whether these look at these conversations, on a device that is in front of them; in their order. */
  lookingAt: {
    input: Type.Object({
      places: Type.Array(Type.Object({ userId: UserId, conversationId: ConversationId }), { maxItems: MAX_PLACES }),
    }),
    output: Type.Object({ looking: Type.Array(Type.Boolean()) }),
    errors: [],
  },
  /** Where somebody is connected. */
  sessionsOf: {
    input: Type.Object({ userId: UserId }),
    output: Type.Object({ sessions: Type.Array(ConnectedSession), complete: Type.Boolean() }),
    errors: [],
  },
})

export type PresenceDesk = Api<typeof presence>
