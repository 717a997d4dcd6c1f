import { randomUUID } from 'node:crypto'
import type { Bus } from '@parley/bus'
import type { Logger, Meters, Mount } from '@parley/runtime'
import type { FastifyInstance } from 'fastify'
import { connectEphemeralAdapter } from './ephemeral-adapter.ts'
import { createMemoryRegistry } from './presence/memory-registry.ts'
import { PRESENCE_SETTINGS, type PresenceSettings } from './presence/presence.ts'
import { connectRedisRegistry } from './presence/redis-registry.ts'
import { createGatewayService } from './service.ts'

export interface GatewayMountOptions extends Meters {
  config: {
    NODE_ENV: string
    REDIS_URL?: string
    SOCKETS_PER_USER: number
    SOCKETS_PER_ADDRESS: number
    DRAIN_MS: number
  }
  bus: Bus
  /** Of `createServiceApp`: sockets come in at its server, and are let in by what it lets requests in by. */
  app: FastifyInstance
  log: Logger
  /** Before every channel in Redis, for gateways that share one with others than their own. */
  redisPrefix?: string
  /** Other times than usual, for tests. */
  presenceSettings?: PresenceSettings
}

/** What a mount of the gateway has opened itself: to be disposed of after its service is closed. */
export interface GatewayMount extends Mount {
  resources: AsyncDisposable[]
}

/**
 * The gateway, whole, for a process of its own or for one that it shares. Its service is to be started after the app
 * listens, and so closed before it: sockets are moved away while it still answers. Rooms are shared over REDIS_URL;
 * without it they are this process's own.
 */
export function mountGateway(options: GatewayMountOptions): GatewayMount {
  const { config, bus, app, log, redisPrefix, presenceSettings = PRESENCE_SETTINGS } = options
  const { show, count, measure } = options
  const gatewayId = randomUUID()
  const ephemeral =
    config.REDIS_URL === undefined
      ? undefined
      : connectEphemeralAdapter(config.REDIS_URL, log, { ...(redisPrefix !== undefined && { key: redisPrefix }) })
  const registry =
    config.REDIS_URL === undefined
      ? createMemoryRegistry(presenceSettings).of(gatewayId)
      : connectRedisRegistry({
          ...{ url: config.REDIS_URL, gatewayId, ...presenceSettings, log },
          ...(redisPrefix !== undefined && { prefix: `${redisPrefix}:presence` }),
        })
  const service = createGatewayService({
    http: app.server,
    bus,
    log,
    authenticate: app.authenticate,
    guard: app.guard,
    isAllowedOrigin: app.isAllowedOrigin,
    gatewayId,
    ephemeral,
    registry,
    presenceSettings,
    socketsPerUser: config.SOCKETS_PER_USER,
    socketsPerAddress: config.SOCKETS_PER_ADDRESS,
    ...{ show, count, measure },
    development: config.NODE_ENV !== 'production',
    drainMs: config.DRAIN_MS,
  })
  return {
    service,
    resources: [...(ephemeral ? [ephemeral] : []), registry],
    checks: {
      bus: () => {
        if (!bus.connected) throw new Error('not connected')
      },
      ...(ephemeral && {
        redis: {
          optional: true,
          check: () => {
            if (!ephemeral.connected) throw new Error('not connected: typing and presence are degraded')
          },
        },
      }),
    },
  }
}
