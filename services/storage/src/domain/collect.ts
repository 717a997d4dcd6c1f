import type { SendKey, SendOutcome } from '@parley/contracts'
import { confirmAll, tellState } from './claims/ask-outcome.ts'
import { isSame, isStillFor } from './claims/claim-attachments.ts'
import { type Collected, type Deps, serviceOf, UNCONFIRMED_MS, UNSENT_MS } from './deps.ts'
import { letGoOf } from './let-go.ts'
import type { DueAttachment, StoredAttachment } from './ports/store.ts'

const AT_ONCE = 100
/** Where so many cannot be removed, none can: the store is out of reach. */
const MOST_FAILURES = 10
/** What the account does not know, and was put before then, is nobody's: an upload says first what it is about to put. */
const ORPHAN_MS = 24 * 3_600_000
/** What is ours in the store: others' things in it are left alone. */
const OUR_KEY = /^[a-z0-9-]{1,40}\/[0-9a-f]{2}\/[0-9a-f]{64}\.[0-9a-f]{8}$/

/**
 * Takes uploads that nobody sent, and gives back what was claimed for messages that were never written: the truth is asked before. Every
 * replica does it whenever it likes; each finds what is left. Returns how many were taken.
 */
export async function collectAttachments(deps: Deps): Promise<number> {
  let collected = 0
  let last: string | undefined
  for (;;) {
    const due = await deps.store.dueAttachments(AT_ONCE)
    for (const [tenantId, ids] of byTenant(due)) collected += await collectOf(deps, tenantId, ids)
    // those that come to nothing now would be found again at once
    if (due.length < AT_ONCE || due[0]!.id === last) return told(deps, 'attachment', collected)
    last = due[0]!.id
  }
}

const byTenant = (due: readonly DueAttachment[]) => {
  const ids = new Map<string, string[]>()
  for (const { tenantId, id } of due) ids.set(tenantId, [...(ids.get(tenantId) ?? []), id])
  return ids
}

/**
 * Takes pictures that are nobody's, a day after they were uploaded or said to be somebody's: never those that somebody has, or that are
 * becoming somebody's in that moment. Returns how many were taken.
 */
export async function collectPictures(deps: Deps): Promise<number> {
  const { store, authority } = deps
  let collected = 0
  for (;;) {
    const due = await store.duePictures(AT_ONCE)
    for (const [tenantId, attachmentIds] of byTenant(due)) {
      const used = new Set((await authority.picturesInUse(serviceOf(tenantId), { attachmentIds })).attachmentIds)
      collected += await store.transaction(tenantId, async (unit) => {
        // no more of what was to be kept on since it was asked about
        const found = await unit.attachments.lockDue(attachmentIds)
        for (const { id } of found) if (used.has(id)) await unit.attachments.collectIn(id, UNSENT_MS)
        const gone = found.filter(({ id }) => !used.has(id))
        await letGoOf(unit, gone)
        return gone.length
      })
    }
    if (due.length < AT_ONCE) return told(deps, 'picture', collected)
  }
}

function told({ tally }: Deps, what: Collected, count: number): number {
  if (count > 0) tally?.collected(what, count)
  return count
}

async function collectOf(deps: Deps, tenantId: string, ids: readonly string[]): Promise<number> {
  const { store, authority } = deps
  const found = await store.snapshot(tenantId, ({ attachments }) => attachments.byIds(ids))
  const keys: SendKey[] = []
  for (const { claim } of found) if (claim && !keys.some((key) => isSame(key, claim.key))) keys.push(claim.key)
  const { outcomes } = keys.length > 0 ? await authority.sendOutcomes(serviceOf(tenantId), { keys }) : { outcomes: [] }
  let collected = 0
  for (const one of found) {
    const outcome = one.claim && outcomes.find(({ key }) => isSame(key, one.claim!.key))
    // an answer that says nothing of it: at the next time
    if (one.claim && !outcome) continue
    if (await collectOne(deps, tenantId, one, outcome ?? undefined)) collected++
  }
  return collected
}

async function collectOne(
  deps: Deps,
  tenantId: string,
  { id, claim }: StoredAttachment,
  outcome: SendOutcome | undefined,
): Promise<boolean> {
  if (outcome?.messageId) {
    await tellState(deps, tenantId, await confirmAll(deps, tenantId, outcome.messageId, [id]))
    return false
  }
  return deps.store.transaction(tenantId, async (unit) => {
    const [now] = await unit.attachments.lock([id])
    if (!now || now.messageId !== null) return false
    // claimed, or claimed by another message, since it was asked about
    if (now.claim && !isStillFor(now, claim?.key)) return false
    if (outcome?.waiting) await unit.attachments.collectIn(id, UNCONFIRMED_MS)
    // its uploader may try again
    else if (now.claim && now.copiedFrom === null) await unit.attachments.unclaim([id], UNSENT_MS)
    else {
      await letGoOf(unit, [now])
      return true
    }
    return false
  })
}

/**
 * Removes bytes that nothing refers to. They leave the account first: what could not be removed is known, and tried again, and the same bytes
 * that come back meanwhile are put elsewhere. Returns how many objects were removed.
 */
export async function collectObjects(deps: Deps): Promise<number> {
  const { store, objects } = deps
  while ((await store.doomBlobs(AT_ONCE)) === AT_ONCE);
  let removed = 0
  const failed: unknown[] = []
  for (;;) {
    const keys = await store.claimDoomed(AT_ONCE)
    for (const key of keys)
      try {
        await objects.remove(key)
        await store.forgetDoomed([key])
        removed++
      } catch (err) {
        // the others are not to wait behind it, minute after minute
        failed.push(err)
        if (failed.length >= MOST_FAILURES) break
      }
    if (keys.length < AT_ONCE || failed.length >= MOST_FAILURES) break
  }
  const count = told(deps, 'object', removed)
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} objects could not be removed`)
  return count
}

/** Removes from the store what the account does not know of. Returns how much that was. */
export async function collectOrphans(deps: Deps, olderThanMs = ORPHAN_MS): Promise<number> {
  const { store, objects } = deps
  let removed = 0
  const look = async (keys: string[]) => {
    const known = await store.knownObjects(keys)
    for (const key of keys)
      if (!known.has(key)) {
        await objects.remove(key)
        removed++
      }
  }
  const some: string[] = []
  for await (const key of objects.keys('', new Date(Date.now() - olderThanMs))) {
    if (OUR_KEY.test(key)) some.push(key)
    if (some.length === AT_ONCE) await look(some.splice(0))
  }
  await look(some)
  return told(deps, 'object', removed)
}
