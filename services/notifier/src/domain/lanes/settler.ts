import type { Settlement, TakenHandOver } from '../ports/hand-overs.ts'
import type { Store } from '../ports/store.ts'

/** As many as one transaction settles. */
const AT_ONCE = 50

type Settled = { taken: TakenHandOver; how: Settlement }

/** Says how tries ended: at once, and together where several end while that is being said. */
export function createSettler(store: Store, tenantId: string) {
  const ended: Settled[] = []
  let saying: Promise<void> | undefined
  const say = async () => {
    while (ended.length > 0) {
      const some = ended.splice(0, AT_ONCE)
      const settle = () => store.transaction(tenantId, ({ handOvers }) => handOvers.settle(some))
      // Once more: one that goes back to wait may meet another that is being stored. What is not said is tried again with its lease's end.
      await settle().catch(settle)
    }
  }
  const settled = () => {
    saying ??= say().finally(() => {
      saying = undefined
    })
    return saying
  }
  return {
    end(...some: Settled[]): Promise<void> {
      ended.push(...some)
      return settled()
    },
    /** Resolves when everything is said. */
    async flush(): Promise<void> {
      while (saying || ended.length > 0) await settled()
    },
  }
}
