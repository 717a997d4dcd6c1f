import type { Bus, Unsubscribe } from './bus.ts'
import { firstPart } from './first-part.ts'
import { createInProcessBus } from './in-process.ts'
import { isNobodyServes } from './unavailable.ts'

/**
 * For a process that holds several services: what is served here is asked here, and who listens here hears what is published here, without
 * the server, which tells the others. A message costs half of its wake-ups then. The server must not send back what it is told: see `noEcho`.
 */
export function ownFirst(remote: Bus): Bus {
  const own = createInProcessBus({ maxPayload: remote.maxPayload })
  /** How many servers of each subject are here. */
  const served = new Map<string, number>()
  const count = (subject: string, more: 1 | -1) => {
    const now = (served.get(subject) ?? 0) + more
    if (now > 0) served.set(subject, now)
    else served.delete(subject)
  }
  const requestParts: Bus['requestParts'] = async (subject, body, opts) => {
    if (!served.has(subject)) return remote.requestParts(subject, body, opts)
    try {
      await own.requestParts(subject, body, opts)
    } catch (err) {
      // It stopped at this moment: nobody has begun.
      if (!isNobodyServes(err)) throw err
      await remote.requestParts(subject, body, opts)
    }
  }
  return {
    get maxPayload() {
      return remote.maxPayload
    },
    get connected() {
      return remote.connected
    },
    requestParts,
    request: firstPart(requestParts),
    async serve(subject, queue, handle) {
      const stopRemote = await remote.serve(subject, queue, handle)
      const stopOwn = await own.serve(subject, queue, handle)
      count(subject, 1)
      let stopped: Promise<void> | undefined
      return () => {
        stopped ??= (async () => {
          count(subject, -1)
          await both(stopOwn, stopRemote)
        })()
        return stopped
      }
    },
    publish(subject, body) {
      own.publish(subject, body)
      remote.publish(subject, body)
    },
    async subscribe(subject, handle) {
      const [stopOwn, stopRemote] = await Promise.all([
        own.subscribe(subject, handle),
        remote.subscribe(subject, handle),
      ])
      return () => both(stopOwn, stopRemote)
    },
    ensureStream: (stream) => remote.ensureStream(stream),
    publishDurable: (messages) => remote.publishDurable(messages),
    revise: (revision) => remote.revise(revision),
    locate: (search) => remote.locate(search),
    consume: (consumer, handle) => remote.consume(consumer, handle),
    pending: (consumer) => remote.pending(consumer),
    onReconnect: (listener) => remote.onReconnect(listener),
    async [Symbol.asyncDispose]() {
      await Promise.all([own[Symbol.asyncDispose](), remote[Symbol.asyncDispose]()])
    },
  }
}

async function both(one: Unsubscribe, other: Unsubscribe): Promise<void> {
  await Promise.all([one(), other()])
}
