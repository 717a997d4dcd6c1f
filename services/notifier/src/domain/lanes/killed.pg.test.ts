import { type ChildProcess, spawn } from 'node:child_process'
import { createECDH, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { openTestDatabase } from '@parley/database/testing'
import { expect, onTestFinished, test } from 'vitest'
import { notifierOwner } from '../../store/owner.ts'
import { createStore } from '../../store/store.ts'
import { openTestBrowser } from '../../testing/browser.ts'

/** `KILLS=200` for longer. */
const KILLS = Number(process.env.KILLS ?? 3)
const WAITING = 40 + KILLS * 4
/** As many as a lane has under way. */
const AT_ONCE = 16

test(
  'a worker that is killed between handing over and writing it down, again and again, misses nothing, and repeats what was under way with its id',
  async () => {
    await using opened = await openTestDatabase(notifierOwner)
    const server = createECDH('prime256v1')
    const publicKey = server.generateKeys('base64url')
    const vapid = { publicKey, privateKey: server.getPrivateKey('base64url'), subject: 'mailto:host@example.com' }
    await using browser = await openTestBrowser(publicKey)
    const { endpoint, keys } = browser.subscription
    const store = createStore({ database: opened.database })
    const users = Array.from({ length: WAITING }, (_, n) => `user-${n}`)
    for (const userId of users) {
      const address = `${endpoint}?${userId}`
      const device = { userId, id: 'browser', channel: 'web_push', address, keys, locale: null, app: null } as const
      await store.transaction('one', ({ devices }) => devices.put(device, 20))
    }
    await store.transaction('one', ({ handOvers }) =>
      handOvers.store(
        users.map((userId) => ({
          ...{ userId, channel: 'web_push', target: 'browser', kind: 'message', conversationId: randomUUID() },
          ...{ fromSeq: 1, toSeq: 1, eventAt: '2026-03-01T10:00:00.000Z' },
        })),
      ),
    )
    const start = (failpoints?: string): ChildProcess => {
      const file = new URL('../../../test/lane-worker.ts', import.meta.url).pathname
      const worker = spawn(process.execPath, ['--import', 'tsx', '--conditions=source', file], {
        env: {
          ...{ PATH: process.env.PATH, NODE_ENV: 'test', DATABASE_URL: opened.url, VAPID: JSON.stringify(vapid) },
          ...(failpoints && { PARLEY_FAILPOINTS: failpoints }),
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      onTestFinished(() => void worker.kill('SIGKILL'))
      return worker
    }
    for (let kill = 0; kill < KILLS; kill++) {
      // another one of those that are under way each time
      const [code, signal] = await once(start(`notifier.handedOver:${1 + ((kill * 5) % 8)}`), 'exit')
      expect([code, signal]).toEqual([null, 'SIGKILL'])
      // so long goes by that every lease is over
      await opened.asOwner('UPDATE jobs SET run_at = now()')
      await opened.asOwner('UPDATE hand_overs SET due_at = now() WHERE taken')
    }
    start()
    const left = async () => (await opened.asOwner(`SELECT id FROM hand_overs WHERE state <> 'accepted'`)).length
    await expect.poll(left, { timeout: 60_000, interval: 200 }).toBe(0)

    const ids = (await opened.asOwner<{ id: string }>('SELECT id FROM hand_overs')).map(({ id }) => id)
    const told = browser.received.map(({ id }) => id)
    expect([...new Set(told)].sort()).toEqual(ids.sort())
    // each kill repeats something, and no more than was under way
    expect(told.length).toBeGreaterThanOrEqual(WAITING + KILLS)
    expect(told.length).toBeLessThanOrEqual(WAITING + KILLS * AT_ONCE)
  },
  90_000 + KILLS * 10_000,
)
