import { createLogger } from '@parley/runtime'
import { startRedis } from '@parley/testkit'
import { Server } from 'socket.io'
import { expect, test } from 'vitest'
import { connectEphemeralAdapter, type EphemeralOptions } from './ephemeral-adapter.ts'

const log = createLogger({ name: 'test', level: 'silent' })

test('gateways with one key know of each other, and nothing of those with another on the same Redis', async () => {
  await using redis = await startRedis()
  const opened: AsyncDisposable[] = []
  const gateway = (options: EphemeralOptions) => {
    const ephemeral = connectEphemeralAdapter(redis.url, log, options)
    opened.push(ephemeral)
    return new Server({ adapter: ephemeral.adapter })
  }
  try {
    const [key, other] = [crypto.randomUUID(), crypto.randomUUID()]
    const servers = [gateway({ key }), gateway({ key }), gateway({ key: other })]
    const known = () => Promise.all(servers.map((server) => server.of('/').adapter.serverCount()))
    await expect.poll(known).toEqual([2, 2, 1])
  } finally {
    for (const one of opened) await one[Symbol.asyncDispose]()
  }
})
