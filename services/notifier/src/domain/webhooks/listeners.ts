import { BEFORE_SEND } from '@parley/contracts'
import type { Listener, WebhookLanes } from '../ports/webhooks.ts'

/** What is remembered of who listens is this old at most. Milliseconds. */
const REMEMBERED_MS = 5_000

/** What is only asked is told of nothing. */
const isTold = (event: string) => event !== BEFORE_SEND

/** Who has webhooks of a tenant's, as this process remembers it. */
export interface Listeners {
  /** Also those that are only asked: what was to be told before they wanted no more still waits, and takes the words of who deletes theirs. */
  of(tenantId: string): Promise<readonly Listener[]>
  /** Since when anybody is told; undefined: nobody is. */
  since(): Promise<Date | undefined>
  /** Somebody's have changed: they are read again. */
  forget(): void
}

/** Whoever has no webhook costs a look into a map. */
export function createListeners(
  { listeners }: Pick<WebhookLanes, 'listeners'>,
  now = () => performance.now(),
): Listeners {
  let byTenant = new Map<string, Listener[]>()
  let readAt = -Infinity
  let reading: Promise<void> | undefined
  const read = async () => {
    // what changes while it is read is read again
    readAt = now()
    try {
      const found = new Map<string, Listener[]>()
      for (const one of await listeners()) found.set(one.tenantId, [...(found.get(one.tenantId) ?? []), one])
      byTenant = found
    } catch (err) {
      readAt = -Infinity
      throw err
    }
  }
  const fresh = async () => {
    if (now() - readAt < REMEMBERED_MS) return reading
    const mine = (reading ?? Promise.resolve()).catch(() => {}).then(read)
    reading = mine
    return mine
  }
  return {
    async of(tenantId) {
      await fresh()
      return byTenant.get(tenantId) ?? []
    },
    async since() {
      await fresh()
      const told = [...byTenant.values()].flat().filter(({ events }) => events.some(isTold))
      const all = told.map(({ createdAt }) => Date.parse(createdAt))
      return all.length === 0 ? undefined : new Date(Math.min(...all))
    },
    forget() {
      readAt = -Infinity
    },
  }
}
