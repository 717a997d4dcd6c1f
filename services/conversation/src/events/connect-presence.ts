import { type Bus, rpcClient } from '@parley/bus'
import { type Actor, presence } from '@parley/contracts'
import type { Logger } from '@parley/runtime'
import type { Surroundings } from '../domain/ports.ts'

/** Somebody waits for it, and can do without. Milliseconds. */
const TIMEOUT_MS = 1_000

const serviceOf = (tenantId: string): Actor => ({
  ...{ tenantId, userId: 'conversation', role: 'service', hostRole: null, name: null, avatarUrl: null },
})

/** The gateways, asked who is there. Where none answers, nobody knows. */
export function connectPresence(bus: Bus, log: Logger): Pick<Surroundings, 'presenceOf' | 'sessionsOf'> {
  const client = rpcClient(bus, presence, { timeoutMs: TIMEOUT_MS })
  return {
    async presenceOf(tenantId, userIds) {
      if (userIds.length === 0) return []
      try {
        return (await client.statesOf(serviceOf(tenantId), { userIds: [...userIds] })).states
      } catch (err) {
        log.info({ err }, 'no gateway says who is there')
        return userIds.map(() => 'unknown')
      }
    },
    async sessionsOf(tenantId, userId) {
      try {
        return await client.sessionsOf(serviceOf(tenantId), { userId })
      } catch (err) {
        log.info({ err }, 'no gateway says where somebody is connected')
        return { sessions: [], complete: false }
      }
    },
  }
}
