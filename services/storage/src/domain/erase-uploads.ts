import type { Attachments } from '@parley/contracts'
import type { Deps } from './deps.ts'
import { letGoOf } from './let-go.ts'

const AT_ONCE = 100

/**
 * Erases every file that somebody uploaded, sent or not; the bytes are collected once nothing else has them. What others passed on is
 * theirs, and is counted.
 */
export const eraseUploads =
  ({ store, authority }: Deps): Attachments['eraseUploads'] =>
  async (actor, { userId }) => {
    await authority.mayErase(actor, { userId })
    const { tenantId } = actor
    let erased = 0
    const bytes = new Set<string>()
    for (;;) {
      const gone = await store.transaction(tenantId, async (unit) => {
        const some = await unit.attachments.ofUploader(userId, AT_ONCE)
        const found = await unit.attachments.lock(some.map(({ id }) => id))
        await letGoOf(unit, found)
        return found
      })
      erased += gone.length
      for (const { sha256 } of gone) bytes.add(sha256)
      if (gone.length < AT_ONCE) break
    }
    const remaining = await store.snapshot(tenantId, ({ attachments }) => attachments.countOfBytes([...bytes]))
    return { erased, remaining }
  }
