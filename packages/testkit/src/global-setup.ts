import type {} from 'vitest'
import type { TestProject } from 'vitest/node'
import { startNats } from './nats.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'
import type { TestServer } from './server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    TEST_DATABASE_URL: string
    TEST_NATS_URL: string
    TEST_REDIS_URL: string
  }
}

const servers = [
  ['TEST_DATABASE_URL', 'postgres', () => startPostgres()],
  ['TEST_NATS_URL', 'nats', () => startNats()],
  ['TEST_REDIS_URL', 'redis', () => startRedis()],
] as const

/**
 * Vitest's global setup: one Postgres, NATS and Redis for the whole run. Workers find their URLs in the environment, so
 * that `startPostgres()` in a test resolves to the shared one, and as provided values. Returns what stops them.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.allSettled(
    servers.map(async ([variable, name, start]) => {
      const from = Date.now()
      const server = await start()
      process.env[variable] = server.url
      project.provide(variable, server.url)
      process.stderr.write(`testkit: ${name} ${server.kind} in ${((Date.now() - from) / 1000).toFixed(1)} s\n`)
      return server
    }),
  )
  const running = started.flatMap((result): TestServer[] => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = async () => {
    await Promise.all(running.map((server) => server.stop()))
  }
  const failed = started.find((result) => result.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  return stop
}
