import type { Conversation } from '@parley/contracts'
import type { Reads, Viewer } from '../../domain/ports/reads.ts'

/** So many conversations are one question. */
const MAX_IDS = 50

interface Asked {
  ids: Set<string>
  views: Promise<Map<string, Conversation>>
}

/**
 * Conversations as a viewer sees them. What one viewer asks for in one moment is asked together, a question at a time, so that
 * nobody has more than one connection, however many calls they make. Undefined for whoever is not in there.
 */
export function createViewBatcher(
  reads: Pick<Reads, 'conversations'>,
): (viewer: Viewer, conversationId: string) => Promise<Conversation | undefined> {
  const asked = new Map<string, Asked>()

  const ask = async (key: string, viewer: Viewer, ids: ReadonlySet<string>) => {
    // all who were answered by one batch ask in this turn of the loop
    await new Promise((resolve) => setImmediate(resolve))
    asked.delete(key)
    const wanted = [...ids]
    const views = new Map<string, Conversation>()
    for (let i = 0; i < wanted.length; i += MAX_IDS)
      for (const view of await reads.conversations(viewer, wanted.slice(i, i + MAX_IDS))) views.set(view.id, view)
    return views
  }

  return async (viewer, conversationId) => {
    const key = `${viewer.tenantId}:${viewer.userId}`
    let own = asked.get(key)
    if (!own) {
      const ids = new Set<string>()
      own = { ids, views: ask(key, viewer, ids) }
      asked.set(key, own)
    }
    own.ids.add(conversationId)
    return (await own.views).get(conversationId)
  }
}
