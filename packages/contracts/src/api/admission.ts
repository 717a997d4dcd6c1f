import { Type } from 'typebox'
import { SystemRole } from '../shapes/actor.ts'
import { ClientId, ConversationId, MessageId } from '../shapes/identifiers.ts'
import { orNull } from '../shapes/or-null.ts'
import { Policy } from '../shapes/policy.ts'
import { atTheDoor, ended, moderated } from './expected-errors.ts'

/** What the notification worker asks of the conversation service in the name of whoever asks something of it. */
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
  /**
   * A message of the actor's, who answered by e-mail: as they send it themselves, but that it says nothing of what they have read. The same
   * clientId sends it once.
   */
  sendReply: {
    input: Type.Object({
      conversationId: ConversationId,
      content: Type.String({ maxLength: 10_000 }),
      clientId: ClientId,
    }),
    output: Type.Object({ messageId: MessageId }),
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended, 'key_reused', ...moderated],
  },
  /** The rules of the actor's tenant. */
  notificationRules: {
    input: Type.Object({}),
    output: Type.Object({ rules: Policy.properties.notifications }),
    errors: [],
  },
} as const
