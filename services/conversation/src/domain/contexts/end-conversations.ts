import { changesOf } from '../conversations/conversation-changes.ts'
import type { Deps } from '../deps.ts'
import { statusMark } from './context-state.ts'

const AT_ONCE = 100

/**
 * Marks what has run out by itself: a warranty, a time for questions. Nobody could write there since the moment it ended;
 * this tells so. Several processes may do it at once. Returns how many there were.
 */
export async function endConversations({ store, newId }: Pick<Deps, 'store' | 'newId'>): Promise<number> {
  const due = await store.due(AT_ONCE)
  const failed: unknown[] = []
  for (const { tenantId, conversationId } of due)
    await store
      .transaction(tenantId, async (uow) => {
        const conversation = await uow.conversations.lock(conversationId)
        if (!conversation?.due) return // another process was faster, or its context has changed
        const { status, reason } = conversation.due
        const changes = changesOf(uow, conversation)
        await changes.setState({ status, reason, next: null, held: conversation.held })
        await changes.say(statusMark(newId(), { status, reason }))
      })
      // one that cannot be marked now keeps nobody else waiting
      .catch((err) => failed.push(err))
  if (failed.length > 0)
    throw new AggregateError(failed, `${failed.length} of ${due.length} ended conversations could not be marked`)
  return due.length
}
