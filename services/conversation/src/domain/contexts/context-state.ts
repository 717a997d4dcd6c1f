import type { Context, ContextRule } from '@parley/contracts'
import type { SystemMessage } from '../conversations/apply-steps.ts'
import { systemMessage } from '../conversations/notice.ts'
import { statusRule } from '../policy/effective-policy.ts'
import type { ConversationState } from '../ports/conversations.ts'

/** What a context's status makes of its conversations: at once, or by itself when its time of grace is over. */
export function stateFor(
  rule: ContextRule,
  { status, statusAt }: Pick<Context, 'status' | 'statusAt'>,
  now: string,
): ConversationState {
  const { conversation, afterSeconds = 0, reason } = statusRule(rule, status)
  const open: ConversationState = { status: 'active', reason: null, next: null, held: false }
  if (conversation === 'active') return open
  const why = reason ?? status ?? conversation
  const at = Date.parse(statusAt) + afterSeconds * 1_000
  if (afterSeconds === 0 || at <= Date.parse(now)) return { status: conversation, reason: why, next: null, held: false }
  return { ...open, next: { status: conversation, reason: why, at: new Date(at).toISOString() } }
}

/** What the system says of a change of status. */
export function statusMark(
  id: string,
  { status, reason }: Pick<ConversationState, 'status' | 'reason'>,
): SystemMessage {
  return systemMessage(id, { event: 'conversation_status', status, reason })
}
