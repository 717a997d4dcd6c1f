import type { Deps } from '../deps.ts'
import { tellRenamed } from './tell-renamed.ts'

/** As many people as one step brings: the rows of a step, and the words that they are found by, keep others waiting. */
const AT_ONCE = 100

/**
 * Ensures more people than one transaction should, in steps before it. Nothing when they are few: then the transaction that needs
 * them ensures them, as it does in any case. Whom a step has given the name that they did not have is told as it is committed: no repeat
 * would find them without one, whatever becomes of the steps after it.
 */
export async function ensureInSteps(
  { store, tell }: Pick<Deps, 'store' | 'tell'>,
  tenantId: string,
  ids: readonly string[],
  names: ReadonlyMap<string, string>,
): Promise<void> {
  if (ids.length <= AT_ONCE) return
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const step = ids.slice(from, from + AT_ONCE)
    tellRenamed(tell, tenantId, await store.transaction(tenantId, ({ users }) => users.ensure(step, names)))
  }
}
