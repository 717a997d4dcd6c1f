import type { Store } from '../ports.ts'

/** As many people as one step brings: the rows of a step, and the words that they are found by, keep others waiting. */
const AT_ONCE = 100

/**
 * Ensures more people than one transaction should, in steps before it. Nothing when they are few: then the transaction that needs
 * them ensures them, as it does in any case. Returns whom it has given the name that they did not have.
 */
export async function ensureInSteps(
  store: Store,
  tenantId: string,
  ids: readonly string[],
  names: ReadonlyMap<string, string>,
): Promise<string[]> {
  const named: string[] = []
  if (ids.length <= AT_ONCE) return named
  for (let from = 0; from < ids.length; from += AT_ONCE)
    named.push(
      ...(await store.transaction(tenantId, ({ users }) => users.ensure(ids.slice(from, from + AT_ONCE), names))),
    )
  return named
}
