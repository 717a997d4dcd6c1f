import type { ChatStore } from './chat-store.ts'
import type { Outgoing } from './outgoing.ts'

/**
 * Keeps unsent messages through a reload of the tab. The clientId is kept too, so one that had reached the server after
 * all is not sent twice.
 */
export function keepUnsent(store: ChatStore, userId: string, storage: Storage): () => void {
  const key = `parley.unsent.${userId}`
  for (const entry of read(storage, key)) store.dispatch({ type: 'send_queued', entry: { ...entry, echoId: null } })
  let saved = store.getState().outgoing
  return store.subscribe(() => {
    const { outgoing } = store.getState()
    if (outgoing === saved) return
    saved = outgoing
    const entries = Object.values(outgoing).flat()
    if (entries.length > 0) storage.setItem(key, JSON.stringify(entries))
    else storage.removeItem(key)
  })
}

function read(storage: Storage, key: string): Outgoing[] {
  try {
    return JSON.parse(storage.getItem(key) ?? '[]') as Outgoing[]
  } catch {
    return []
  }
}
