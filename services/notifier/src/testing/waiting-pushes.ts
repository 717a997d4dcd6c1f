import { createECDH, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { openTestDatabase } from '@parley/database/testing'
import { notifierOwner } from '../store/owner.ts'
import { createStore } from '../store/store.ts'
import { openTestBrowser } from './browser.ts'

/** Pushes that wait in a database of their own to be handed over to browsers on this machine. */
export interface WaitingPushes extends AsyncDisposable {
  /** A built program that hands them over, and its environment: it says that it is ready, and begins when it is sent anything. */
  worker: { program: string; env: NodeJS.ProcessEnv }
  /** The ids of what came to browsers, as it came. */
  received(): string[]
  /** What became of each. */
  rows(): Promise<{ id: string; state: string; taken: boolean }[]>
  /** As if so long had gone by that whoever took something is believed dead. */
  endLeases(): Promise<void>
}

/** So many, each for a person of their own. */
export async function openWaitingPushes(count: number): Promise<WaitingPushes> {
  const opened = await openTestDatabase(notifierOwner)
  const server = createECDH('prime256v1')
  const publicKey = server.generateKeys('base64url')
  const vapid = { publicKey, privateKey: server.getPrivateKey('base64url'), subject: 'mailto:host@example.com' }
  const browser = await openTestBrowser(publicKey)
  const { endpoint, keys } = browser.subscription
  const store = createStore({ database: opened.database })
  const users = Array.from({ length: count }, (_, n) => `user-${n}`)
  for (const userId of users) {
    const address = `${endpoint}?${userId}`
    const device = {
      userId,
      id: 'browser',
      channel: 'web_push',
      address,
      keys,
      locale: null,
      app: null,
      sessionId: null,
      issuedAt: null,
    } as const
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
  return {
    worker: {
      program: fileURLToPath(new URL('../../dist/testing/lane-worker.js', import.meta.url)),
      env: { PATH: process.env.PATH, NODE_ENV: 'test', DATABASE_URL: opened.url, VAPID: JSON.stringify(vapid) },
    },
    received: () => browser.received.map(({ id }) => id),
    rows: () => opened.asOwner('SELECT id, state, taken FROM hand_overs'),
    async endLeases() {
      await opened.asOwner('UPDATE jobs SET run_at = now()')
      await opened.asOwner('UPDATE hand_overs SET due_at = now() WHERE taken')
    },
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}
