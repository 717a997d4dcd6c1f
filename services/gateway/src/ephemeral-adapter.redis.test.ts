import { connectRedis, createLogger } from '@parley/runtime'
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

test('a Redis that refuses the password is gone without a fault, and is joined again once it is right', async () => {
  await using redis = await startRedis({ own: true })
  await using admin = connectRedis(redis.url, log, { enableOfflineQueue: true, maxRetriesPerRequest: null })
  const faults: unknown[] = []
  const onFault = (err: unknown) => faults.push(err)
  process.on('unhandledRejection', onFault)
  const opened: AsyncDisposable[] = []
  try {
    await admin.config('SET', 'requirepass', 'another')
    const servers = [1, 2].map(() => {
      const ephemeral = connectEphemeralAdapter(redis.url, log)
      opened.push(ephemeral)
      return { ephemeral, server: new Server({ adapter: ephemeral.adapter }) }
    })
    const states = () => servers.map(({ ephemeral }) => ephemeral.connected)
    // long enough for every command of the start to have been refused
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(states()).toEqual([false, false])
    await admin.config('SET', 'requirepass', '')
    await expect.poll(states, { timeout: 10_000 }).toEqual([true, true])
    const known = () => Promise.all(servers.map(({ server }) => server.of('/').adapter.serverCount()))
    await expect.poll(known, { timeout: 10_000 }).toEqual([2, 2])
    expect(faults).toEqual([])
  } finally {
    process.off('unhandledRejection', onFault)
    for (const one of opened) await one[Symbol.asyncDispose]()
  }
})

test.each([
  ['does not answer', 'SIGSTOP', true],
  ['is not connected any more', 'SIGCONT', false],
] as const)('a gateway that is closed while Redis %s ends without a fault', async (_, signal, connected) => {
  await using redis = await startRedis({ own: true })
  const faults: unknown[] = []
  const onFault = (err: unknown) => faults.push(err)
  process.on('unhandledRejection', onFault)
  try {
    const ephemeral = connectEphemeralAdapter(redis.url, log)
    const server = new Server(0, { adapter: ephemeral.adapter })
    await expect.poll(() => ephemeral.connected).toBe(true)
    await redis.kill(signal)
    if (!connected) {
      await ephemeral[Symbol.asyncDispose]()
      await expect.poll(() => ephemeral.connected).toBe(false)
      // the socket's end is seen
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await server.close()
    await ephemeral[Symbol.asyncDispose]()
    await redis.kill('SIGKILL')
    // what nobody caught is told when the end of the socket has been seen
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(faults).toEqual([])
  } finally {
    process.off('unhandledRejection', onFault)
  }
})
