import type { Bus, Delivery, Unsubscribe } from '@parley/bus'
import { HOST_STREAM, inputCheck, ParleyError, subjects, TenantId, topics } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import type { UseCases } from '../domain/use-cases.ts'

/** What hosts tell waits at most this long for a service that can apply it. */
const STREAM = { name: HOST_STREAM, subjects: [subjects.allOfHosts], maxAgeMs: 7 * 24 * 3_600_000, maxBytes: 1024 ** 3 }
const CONSUMER = 'conversation-contexts'
const RETRY_MS = 2_000

const contextsOfAll = topics.hostContext('*')
const checkTenant = inputCheck(TenantId)

/**
 * Applies what backends tell durably. Order does not matter: each says its version. What can never be applied is logged
 * with what is wrong, and not tried again; what fails for a fault on the way comes again.
 */
export function createHostConsumer({ bus, accept, log }: { bus: Bus; accept: UseCases['acceptContext']; log: Logger }) {
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
      log.error({ tenantId, id, errors: err.errors, reason: err.message }, 'a context that cannot be applied')
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
