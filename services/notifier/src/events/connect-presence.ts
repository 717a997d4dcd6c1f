import { type Bus, rpcClient } from '@parley/bus'
import { MAX_PLACES, presence } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import type { AreLooking } from '../domain/ports/looking.ts'
import { workerOf } from '../domain/worker.ts'

/** Whoever is told a moment too soon has lost little. Milliseconds. */
const TIMEOUT_MS = 1_000

/** The gateways, asked who looks at what. Where none answers, nobody does: they are told. */
export function connectPresence(bus: Bus, log: Logger): AreLooking {
  const client = rpcClient(bus, presence, { timeoutMs: TIMEOUT_MS })
  return async (tenantId, places) => {
    const looking: boolean[] = []
    try {
      for (let i = 0; i < places.length; i += MAX_PLACES)
        looking.push(
          ...(await client.lookingAt(workerOf(tenantId), { places: places.slice(i, i + MAX_PLACES) })).looking,
        )
      return looking
    } catch (err) {
      log.info({ err }, 'no gateway says who looks at what')
      return places.map(() => false)
    }
  }
}
