import {
  type Actor,
  type BeforeSend,
  HOOK_DEADLINE_MS,
  type HookOutcome,
  type Hooks,
  MAX_HOOK_REASON,
  ParleyError,
  type Policy,
  type PreSendHook,
  shownLine,
} from '@parley/contracts'
import type { Surroundings } from '../ports.ts'

/** So many questions of a tenant are open in a process: beyond that its host does not keep up. */
const MAX_OPEN = 500
const AGAIN_MS = 5_000

/** How a question ended, for who runs it. */
export interface HookAsked {
  tenantId: string
  webhookId: string
  outcome: HookOutcome['action']
  /** Where it failed. */
  why?: string
  seconds: number
}

/** What may be said: as it is, or with other words; or what somebody has to look at first. */
export type Verdict<T> =
  | { action: 'allow' }
  | { action: 'modify'; changed: T }
  | { action: 'hold'; why: 'host' | 'no_answer' }

/**
 * Asks the host about words before they are there. `modify` makes of changed words what is said instead, and refuses those that their
 * sender could not have said. Rejects with `rejected_by_host`, and with `unavailable` where there is no answer and the rules want one.
 */
export type AskHost = <T>(
  actor: Actor,
  hook: PreSendHook,
  question: BeforeSend,
  modify: (content: string) => T,
) => Promise<Verdict<T>>

/** Who is asked about what this actor says; null: nobody. Admins decide themselves what is held, and the backend is the host. */
export const hookFor = ({ role }: Actor, { moderation: { preSendHook } }: Policy): PreSendHook | null =>
  role === 'user' ? preSendHook : null

export function createAskHost({
  hooks,
  hookAsked,
}: Pick<Surroundings, 'hookAsked'> & { hooks: Hooks | undefined }): AskHost {
  const open = new Map<string, number>()

  const ask = async (
    { tenantId }: Actor,
    { webhookId, deadlineMs = HOOK_DEADLINE_MS }: PreSendHook,
    question: BeforeSend,
  ) => {
    if (!hooks) return failed('there is no notification worker here')
    const before = open.get(tenantId) ?? 0
    if (before >= MAX_OPEN) return failed('it has too many questions to answer already')
    open.set(tenantId, before + 1)
    try {
      return await within(deadlineMs, hooks.askBeforeSend(serviceOf(tenantId), { webhookId, deadlineMs, question }))
    } finally {
      const left = open.get(tenantId)! - 1
      if (left === 0) open.delete(tenantId)
      else open.set(tenantId, left)
    }
  }

  return async (actor, hook, question, modify) => {
    const began = performance.now()
    const end = (outcome: HookAsked['outcome'], why?: string) => {
      const { tenantId } = actor
      const seconds = (performance.now() - began) / 1_000
      hookAsked({ tenantId, webhookId: hook.webhookId, outcome, seconds, ...(why !== undefined && { why }) })
    }
    const withoutAnswer = (why: string): { action: 'allow' } | { action: 'hold'; why: 'no_answer' } => {
      end('failed', why)
      if (hook.onFailure === 'allow') return { action: 'allow' }
      if (hook.onFailure === 'hold') return { action: 'hold', why: 'no_answer' }
      throw new NotChecked()
    }
    const outcome = await ask(actor, hook, question)
    switch (outcome.action) {
      case 'failed':
        return withoutAnswer(outcome.why)
      case 'modify':
        try {
          const changed = modify(outcome.content)
          end('modify')
          return { action: 'modify', changed }
        } catch (err) {
          if (!(err instanceof ParleyError)) throw err
          return withoutAnswer(`its words could not have been sent: ${err.message}`)
        }
      case 'reject':
        end('reject')
        throw rejectedByHost(outcome.reason)
      case 'hold':
        end('hold')
        return { action: 'hold', why: 'host' }
      case 'allow':
        end('allow')
        return { action: 'allow' }
    }
  }
}

const failed = (why: string): HookOutcome => ({ action: 'failed', why })

/** Whoever asks may be kept waiting by the bus, the worker or the host: none of them for longer than the host has. */
async function within(deadlineMs: number, call: Promise<{ outcome: HookOutcome }>): Promise<HookOutcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<HookOutcome>((resolve) => {
    timer = setTimeout(() => resolve(failed(`no answer within ${deadlineMs} ms`)), deadlineMs)
  })
  const answered = call.then(
    ({ outcome }) => outcome,
    (err) => failed(`the notification worker: ${err instanceof Error ? err.message : err}`),
  )
  try {
    return await Promise.race([answered, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The service itself, as it asks the notification worker. */
export const serviceOf = (tenantId: string): Actor => ({
  tenantId,
  userId: 'conversation',
  role: 'service',
  hostRole: null,
  name: null,
  avatarUrl: null,
})

/** In the host's words, as far as they can be shown. */
export function rejectedByHost(reason: string | undefined): ParleyError {
  const words = [...shownLine(reason ?? '')].slice(0, MAX_HOOK_REASON).join('')
  return new ParleyError('rejected_by_host', words || 'This is not allowed here')
}

export const heldForReview = () =>
  new ParleyError('held_for_review', 'Somebody has to look at this message first: it is sent when they have')

/** What changes something that is there already does not wait for anybody. */
export const mustBeSentAnew = (why: 'host' | 'no_answer') =>
  why === 'no_answer'
    ? new NotChecked()
    : new ParleyError(
        'rejected_by_host',
        'A change cannot wait until somebody has looked at it: say it in a new message',
      )

/** The host was to be asked first and has not answered: nothing of it was sent. */
export class NotChecked extends ParleyError {
  constructor() {
    super('unavailable', 'This message could not be checked now: try again shortly', { retryAfterMs: AGAIN_MS })
  }
}
