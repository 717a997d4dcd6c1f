import { Type } from 'typebox'
import { SystemRole } from '../shapes/actor.ts'
import { ConversationId } from '../shapes/identifiers.ts'
import { orNull } from '../shapes/or-null.ts'
import { Policy } from '../shapes/policy.ts'

/** What the notification worker asks of the conversation service before it does what somebody asks of it. */
export const admission = {
  /**
   * Whether the actor may do anything at all; with a conversation, whether they are in it, the backend aside. Says which role their
   * token's word gives them, and where the host says they are reached.
   */
  admit: {
    input: Type.Object({ conversationId: orNull(ConversationId) }),
    output: Type.Object({
      role: SystemRole,
      email: orNull(Type.String()),
      locale: orNull(Type.String()),
    }),
    errors: ['forbidden', 'rate_limited', 'not_found'],
  },
  /** The rules of the actor's tenant. */
  notificationRules: {
    input: Type.Object({}),
    output: Type.Object({ rules: Policy.properties.notifications }),
    errors: [],
  },
} as const
