import { connectNatsBus } from '@parley/bus'
import { openTestDatabase } from '@parley/database/testing'
import {
  connectRateLimiter,
  createLogger,
  createServiceApp,
  readConfig,
  serveMounts,
  signDevelopmentToken,
} from '@parley/runtime'
import { startNats } from '@parley/testkit'
import { expect, test, vi } from 'vitest'
import { Config } from './config.ts'
import { mountConversation } from './mount.ts'
import { conversationOwner } from './store/owner.ts'

test('without NATS a replica that serves stays ready, degraded, and reads and writes go on over HTTP', async () => {
  await using nats = await startNats({ own: true })
  const config = readConfig(Config, { NODE_ENV: 'test', DATABASE_URL: 'postgres://unused', NATS_URL: nats.url })
  const log = createLogger({ name: 'without-nats', level: 'silent' })
  await using bus = await connectNatsBus({ servers: nats.url, name: 'conversation' })
  await using opened = await openTestDatabase(conversationOwner, {})
  await using limiter = connectRateLimiter({ url: undefined, log })
  await using served = {
    app: await createServiceApp({ config, log, limiter }),
    [Symbol.asyncDispose]: () => served.app.close(),
  }
  const { app } = served
  const conversation = mountConversation({ config, database: opened.database, bus, limiter, log })
  await serveMounts(app, [conversation])
  await conversation.service.start()
  try {
    await nats.stop()
    await vi.waitFor(() => expect(bus.connected).toBe(false), { timeout: 20_000 })

    const readiness = async () => {
      const answer = await app.inject('/readyz')
      return { code: answer.statusCode, ...answer.json() }
    }
    // a database that is busy with something else may be too slow for one try
    await vi.waitFor(
      async () =>
        expect(await readiness()).toMatchObject({ code: 200, status: 'degraded', checks: { bus: { ok: false } } }),
      { timeout: 20_000, interval: 200 },
    )
    const headers = { authorization: `Bearer ${signDevelopmentToken({ userId: 'ana' }, config)}` }
    const payload = { to: 'ben', content: 'hello', clientId: 'one' }
    const sent = await app.inject({ method: 'POST', url: '/v1/messages', headers, payload })
    expect([sent.statusCode, sent.body]).toEqual([201, expect.stringContaining('hello')])
    const { conversationId } = sent.json()
    const page = await app.inject({ url: `/v1/conversations/${conversationId}/messages`, headers })
    expect(page.json()).toMatchObject({ data: [{ content: 'hello' }] })
  } finally {
    await conversation.service.close()
  }
})
