import { setTimeout as sleep } from 'node:timers/promises'

/** One process behind the proxy. */
export interface Upstream {
  /** Short and stable: it is what the affinity cookie holds. */
  name: string
  /** `http://127.0.0.1:<port>`; the process answers GET /readyz and /healthz there. */
  url: string
}

/** Those of one kind: as they are, or whoever is there by now. */
export type Upstreams = readonly Upstream[] | (() => Promise<readonly Upstream[]>)

/** The upstreams of one kind, in turn, the ready ones first. */
export interface UpstreamPool {
  /** Everyone, in the order in which to try: `preferred` if it is ready, then the other ready ones, then the rest. */
  candidates(preferred?: string): Upstream[]
  isReady(name: string): boolean
  /** Whether any is. */
  hasReady(): boolean
  /** Of those who are there. */
  urls(): string[]
  /** A request could not reach it: it comes last until a check finds it ready again. */
  failed(name: string): void
  /** Looks who is there, and asks every upstream now. */
  check(): Promise<void>
  stop(): void
}

const CHECK_EVERY_MS = 500
/** So many checks in a row without any answer: it is paused or hung, and will not answer what it was sent either. */
const SILENT_CHECKS = 3

/**
 * Watches the readiness of upstreams twice a second. One that is not ready is still offered, last: when no one is, trying
 * costs a refused connection and finds a process that became ready since the last check. `onSilent` is called for one that
 * accepts connections, and says nothing; `onGone` when some that
 * were there are no more.
 */
export function watchUpstreams(
  from: Upstreams,
  onSilent: (upstream: Upstream) => void = () => {},
  onGone: () => void = () => {},
): UpstreamPool {
  let upstreams = typeof from === 'function' ? [] : from
  const ready = new Set(upstreams.map((upstream) => upstream.name))
  const silences = new Map<string, number>()
  const stopped = new AbortController()
  let turn = 0

  async function checkOne(upstream: Upstream): Promise<void> {
    const { name, url } = upstream
    const patience = AbortSignal.timeout(CHECK_EVERY_MS)
    const isReady = await fetch(`${url}/readyz`, { signal: AbortSignal.any([stopped.signal, patience]) }).then(
      async (response) => {
        await response.body?.cancel()
        return response.ok
      },
      () => false,
    )
    if (isReady) ready.add(name)
    else ready.delete(name)
    // A process whose database hangs takes its time to say that it is not ready; one that hangs itself says nothing at all.
    const isSilent = !isReady && patience.aborted && !(await isAlive(url))
    const silent = isSilent ? (silences.get(name) ?? 0) + 1 : 0
    silences.set(name, silent)
    if (silent >= SILENT_CHECKS) onSilent(upstream)
  }
  const isAlive = (url: string) =>
    fetch(`${url}/healthz`, { signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(CHECK_EVERY_MS)]) }).then(
      async (response) => {
        await response.body?.cancel()
        return true
      },
      // refused is not silent either
      (error) => error.name !== 'TimeoutError',
    )
  async function check(): Promise<void> {
    const before = upstreams
    if (typeof from === 'function') upstreams = await from()
    const names = new Set(upstreams.map(({ name }) => name))
    for (const name of [...ready, ...silences.keys()]) if (!names.has(name)) forget(name)
    if (before.some(({ name }) => !names.has(name))) onGone()
    await Promise.all(upstreams.map(checkOne))
  }
  const forget = (name: string) => {
    ready.delete(name)
    silences.delete(name)
  }
  async function keepChecking(): Promise<void> {
    while (!stopped.signal.aborted) {
      await sleep(CHECK_EVERY_MS, undefined, { signal: stopped.signal, ref: false }).catch(() => {})
      if (!stopped.signal.aborted) await check()
    }
  }
  void keepChecking()

  return {
    candidates(preferred) {
      const start = turn++ % Math.max(1, upstreams.length)
      const inTurn = [...upstreams.slice(start), ...upstreams.slice(0, start)]
      const rank = ({ name }: Upstream) => (!ready.has(name) ? 2 : name === preferred ? 0 : 1)
      return inTurn.sort((a, b) => rank(a) - rank(b))
    },
    isReady: (name) => ready.has(name),
    hasReady: () => ready.size > 0,
    urls: () => upstreams.map(({ url }) => url),
    failed: (name) => void ready.delete(name),
    check,
    stop: () => stopped.abort(),
  }
}
