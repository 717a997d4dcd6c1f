import type { Store } from '../ports.ts'

/** Conversations whose locks are passed through in one transaction. */
const AT_ONCE = 500

/**
 * Resolves once the lock of each of the user's conversations was held: whatever of theirs was on its way before has been stored by
 * then, or is refused.
 */
export async function letPass(store: Store, tenantId: string, userId: string): Promise<void> {
  const ids = await store.snapshot(tenantId, ({ conversations }) => conversations.ofUser(userId))
  for (let from = 0; from < ids.length; from += AT_ONCE)
    await store.transaction(tenantId, async ({ conversations }) => {
      await conversations.lockAll(ids.slice(from, from + AT_ONCE))
    })
}
