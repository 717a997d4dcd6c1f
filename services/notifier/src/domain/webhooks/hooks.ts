import {
  BEFORE_SEND,
  HookAnswer,
  type HookOutcome,
  type Hooks,
  inputCheck,
  MAX_HOOK_ANSWER,
  ParleyError,
  type WebhookBody,
} from '@parley/contracts'
import type { Post } from '../ports/post.ts'
import type { Sealing } from '../ports/sealing.ts'
import type { Store } from '../ports/store.ts'
import { signedRequest } from './signature.ts'

export interface HooksDeps {
  store: Store
  sealing: Sealing
  post: Post
  newId: () => string
}

const check = inputCheck(HookAnswer)
/** As many of each way are named. */
const MOST_TOLD = 100
const never = new AbortController().signal

/** What the conversation service asks: hosts, before something happens (nothing of it is stored, and nothing is tried again), and who was told of what. */
export function createHooks({ store, sealing, post, newId }: HooksDeps): Hooks {
  const endpointOf = (tenantId: string, id: string) =>
    store.transaction(tenantId, ({ endpoints }) => endpoints.byId(id))
  return {
    async askBeforeSend({ tenantId }, { webhookId, deadlineMs, question }) {
      const began = performance.now()
      const endpoint = await endpointOf(tenantId, webhookId)
      if (!endpoint) return failed('there is no such webhook')
      if (endpoint.disabledReason !== null) return failed('the webhook is turned off')
      const id = `ask_${newId()}`
      const place = { tenantId, conversationId: question.conversation.id, seq: 0, rev: 0 }
      const asked: WebhookBody = {
        type: BEFORE_SEND,
        timestamp: new Date().toISOString(),
        id,
        ...place,
        data: question,
      }
      const timeoutMs = Math.ceil(deadlineMs - (performance.now() - began))
      if (timeoutMs <= 0) return failed(`no answer within ${deadlineMs} ms`)
      try {
        const request = signedRequest(sealing, endpoint, { id, body: JSON.stringify(asked) })
        return read(await post(endpoint.url, { ...request, timeoutMs, maxAnswerBytes: MAX_HOOK_ANSWER }, never))
      } catch (err) {
        return failed(err instanceof Error ? err.message.slice(0, 500) : String(err))
      }
    },
    toldOf: async ({ tenantId }, message) => ({
      tellings: await store.transaction(tenantId, ({ tellings }) => tellings.of(message, MOST_TOLD)),
    }),
    hasWebhook: async ({ tenantId }, { webhookId }) => ({
      exists: (await endpointOf(tenantId, webhookId)) !== undefined,
    }),
  }
}

const failed = (why: string): { outcome: HookOutcome } => ({ outcome: { action: 'failed', why } })

/** What it says, where it says what it may: one word too many, and nobody knows what was meant. */
function read({ status, body, isWhole }: Awaited<ReturnType<Post>>): { outcome: HookOutcome } {
  if (status < 200 || status >= 300) return failed(`it answered ${status}`)
  if (!isWhole) return failed('its answer is too long, or broke off')
  try {
    return { outcome: check(JSON.parse(body)) }
  } catch (err) {
    return failed(err instanceof ParleyError ? `its answer: ${err.message}` : 'its answer is no JSON')
  }
}
