import type { Bus, Delivery, Unsubscribe } from '@parley/bus'
import { HOST_STREAM, inputCheck, ParleyError, subjects, TenantId, topics } from '@parley/contracts'
import type { Logger, SetAside } from '@parley/runtime'
import type { UseCases } from '../domain/use-cases.ts'

/** What hosts tell waits at most this long for a service that can apply it. */
const STREAM = { name: HOST_STREAM, subjects: [subjects.allOfHosts], maxAgeMs: 7 * 24 * 3_600_000, maxBytes: 1024 ** 3 }
const CONSUMER = 'conversation-contexts'
const RETRY_MS = 2_000

const contextsOfAll = topics.hostContext('*')
const checkTenant = inputCheck(TenantId)

/** What of a context says which it is, as far as it can be read; nothing of what people may have written. */
function namedIn(body: Uint8Array): { type?: unknown; id?: unknown; version?: unknown } {
  let said: unknown
  try {
    said = JSON.parse(Buffer.from(body).toString())
  } catch {
    return {}
  }
  const given = (said ?? {}) as Record<string, unknown>
  const named = ['type', 'id', 'version'].map((key) => {
    const value = given[key]
    const isTold = typeof value === 'number' || typeof value === 'string'
    return [key, isTold ? String(value).slice(0, 200) : undefined]
  })
  return Object.fromEntries(named)
}

/**
 * Applies what backends tell durably. Order does not matter: each says its version. What can never be applied is logged
 * with what is wrong, and not tried again; what fails for a fault on the way comes again.
 */
export function createHostConsumer({
  bus,
  accept,
  log,
  setAside,
}: {
  bus: Bus
  accept: UseCases['acceptContext']
  log: Logger
  /** Told of each that is put aside. */
  setAside: (what: SetAside) => void
}) {
  let stop: Unsubscribe | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const handle = async ({ subject, body, id }: Delivery) => {
    const tenantId = subject.split('.')[3]!
    try {
      // NATS takes names that no tenant has
      await accept(checkTenant(tenantId), contextsOfAll.decode(body))
    } catch (err) {
      if (!(err instanceof ParleyError) || err.code !== 'invalid_input') throw err
      setAside('host_context')
      const context = namedIn(body)
      log.error(
        { tenantId, context, delivery: id, errors: err.errors, reason: err.message },
        'a context that cannot be applied is put aside',
      )
    }
  }
  const begin = async (): Promise<void> => {
    try {
      await bus.ensureStream(STREAM)
      const consuming = await bus.consume(
        { stream: HOST_STREAM, name: CONSUMER, filter: contextsOfAll.subject },
        handle,
      )
      if (isClosed) await consuming()
      else stop = consuming
    } catch (err) {
      log.warn({ err }, 'the stream of hosts is out of reach; trying on')
      if (!isClosed) timer = setTimeout(() => void begin(), RETRY_MS)
    }
  }
  return {
    start: begin,
    async close() {
      isClosed = true
      clearTimeout(timer)
      await stop?.()
    },
  }
}
