import { type Static, Type } from 'typebox'
import { ConversationId, MessageId, Seq, WebhookId } from '../shapes/identifiers.ts'
import { BeforeSend, HookAnswer } from '../shapes/pre-send-hook.ts'
import { MessageTelling } from '../shapes/xray.ts'
import { type Api, defineRpc } from './operation.ts'

/** What became of a question: what the host said, or why that is no answer. */
export type HookOutcome = Static<typeof HookOutcome>
export const HookOutcome = Type.Union([
  HookAnswer,
  Type.Object({ action: Type.Literal('failed'), why: Type.String({ description: 'In words for who runs it' }) }),
])

/**
 * What the conversation service asks of the notification worker, which knows the webhooks of a tenant and their secrets. The actor is a
 * service of the tenant. Not reachable from outside.
 */
export const hooks = defineRpc('parley.rpc.v1.hooks', {
  /** Asks the host, once, for so many milliseconds at most. */
  askBeforeSend: {
    input: Type.Object({ webhookId: WebhookId, deadlineMs: Type.Integer({ minimum: 1 }), question: BeforeSend }),
    output: Type.Object({ outcome: HookOutcome }),
    errors: [],
  },
  /** Who was told of a message that was sent, and how; the first so many. */
  toldOf: {
    input: Type.Object({ conversationId: ConversationId, messageId: MessageId, seq: Seq }),
    output: Type.Object({ tellings: Type.Array(MessageTelling) }),
    errors: [],
  },
  /** Whether the tenant has such a webhook. */
  hasWebhook: {
    input: Type.Object({ webhookId: WebhookId }),
    output: Type.Object({ exists: Type.Boolean() }),
    errors: [],
  },
})
export type Hooks = Api<typeof hooks>
