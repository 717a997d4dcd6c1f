import { setTimeout as sleep } from 'node:timers/promises'
import type { Conversation, Notification, Page, ScheduledMessage } from '@parley/contracts'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Cast, castOf } from './cast.ts'
import { type Client, connectClient } from './client.ts'
import { readHistory } from './history.ts'
import { createMeasures } from './measures.ts'
import { checkShown, type Violation } from './model.ts'
import { callRest } from './rest.ts'
import { startWorld, type World } from './world.ts'

const MINUTES = 60_000
const CLOCK_MODULE = new URL('../test/shift-clock.mjs', import.meta.url).href
/** How far each process's clock is ahead of the machine's, and so of the database's. */
const SHIFTS: Record<string, number> = {
  ...{ 'conversation-1': 0, 'conversation-2': 10 * MINUTES, 'gateway-1': 0, 'gateway-2': -10 * MINUTES },
  ...{ 'storage-1': 10 * MINUTES, 'notifier-1': -10 * MINUTES },
}
/** Time for what is due to be done, on a busy machine. */
const DONE_WITHIN_MS = 60_000

// Needs the built services.
describe('processes whose clocks are ten minutes apart', () => {
  let world: World
  let cast: Cast
  const crashes: string[] = []
  beforeAll(async () => {
    world = await startWorld({
      ...{ logLevel: 'warn', log() {}, crashed: (name, words) => void crashes.push(`${name} ${words}`) },
      cluster: { storages: 1, notifiers: 1 },
      envOf: async () => (name) => ({
        ...{ NODE_OPTIONS: `--import=${CLOCK_MODULE}`, CLOCK_SHIFT_MS: String(SHIFTS[name]) },
      }),
    })
    cast = castOf(world)
    await cast.unlimited()
  }, 180_000)
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    expect(crashes).toEqual([])
  })

  const processOf = (name: string) => world.cluster.processes.find((one) => one.name === name)!
  let turn = 0
  const people = (...names: string[]) => {
    turn++
    return names.map((name) => `${name}-${turn}`)
  }
  const direct = async (one: string, other: string) =>
    (
      await cast.ask<Conversation>(one, 'POST', '/conversations', {
        ...{ kind: 'direct', participants: [{ userId: other }] },
      })
    ).id

  it('show messages in one order, and answer as quickly as ever, whichever of them a message goes through', async () => {
    const [ana, ben] = people('ana', 'ben') as [string, string]
    const id = await direct(ana, ben)
    const violations: Violation[] = []
    const clients: Client[] = [ana, ben].flatMap((userId) =>
      [1, 2].map((number) =>
        connectClient({
          ...{
            url: world.cluster.url,
            socketUrl: processOf(`gateway-${number}`).url,
            userId,
            name: `${userId}/${number}`,
          },
          ...{ token: cast.tokenOf(userId), measures: createMeasures(), violated: (one) => violations.push(one) },
        }),
      ),
    )
    try {
      await Promise.all(clients.map(({ loaded }) => loaded))
      const from = performance.now()
      for (let n = 0; n < 24; n++) {
        const content = `word ${n}`
        // each device in turn, and the two replicas by REST in turn
        const answer =
          n % 3 === 2
            ? await callRest(
                processOf(`conversation-${1 + (n % 2)}`).url,
                cast.tokenOf(ana),
                'POST',
                `/conversations/${id}/messages`,
                { content },
              )
            : await clients[n % clients.length]!.request('send_message', { conversationId: id, content })
        expect([n, answer]).toEqual([n, expect.objectContaining({ ok: true })])
      }
      // a call that is taken for late is not answered for five seconds
      expect(performance.now() - from).toBeLessThan(15_000)
      const history = (await readHistory(world.cluster.url, cast.tokenOf(ana), id))!
      expect(history.map(({ seq, content }) => [seq, content])).toEqual(
        Array.from({ length: 24 }, (_, n) => [n + 1, `word ${n}`]),
      )
      expect(history.map(({ createdAt }) => createdAt)).toEqual(
        history.map(({ createdAt }) => createdAt).toSorted((a, b) => a - b),
      )
      for (const client of clients)
        await expect.poll(() => checkShown(client.name, id, client.shown(id), history)).toEqual([])
      expect(violations).toEqual([])
    } finally {
      for (const client of clients) client.close()
    }
  })

  it('take tokens that ended half a minute ago by their own clock, and none that ended before the last minute', async () => {
    const [ana] = people('ana') as [string]
    const endedAgo = (name: string, seconds: number) =>
      cast.tokenOf(ana, { expiresIn: SHIFTS[name]! / 1_000 - seconds })
    for (const name of ['conversation-1', 'conversation-2']) {
      const me = async (token: string) => {
        const answer = await callRest(processOf(name).url, token, 'GET', '/me')
        return answer.ok ? 'ok' : answer.code
      }
      expect([name, await me(endedAgo(name, 30)), await me(endedAgo(name, 90))]).toEqual([
        name,
        'ok',
        'unauthenticated',
      ])
    }
    for (const name of ['gateway-1', 'gateway-2']) {
      const come = (token: string) =>
        new Promise<string>((resolve) => {
          const socket = io(processOf(name).url, { transports: ['websocket'], forceNew: true, auth: { token } })
          const end = async (how: string, after: number) => {
            await sleep(after)
            resolve(how === 'ready' && !socket.connected ? 'closed' : how)
            socket.disconnect()
          }
          // past what looks for those that have ended twice a second
          socket.once('ready', () => void end('ready', 1_200))
          socket.once('connect_error', ({ data }: Error & { data?: { code: string } }) => void end(data?.code ?? '', 0))
        })
      expect([name, await come(endedAgo(name, 30)), await come(endedAgo(name, 90))]).toEqual([
        ...[name, 'ready', 'unauthenticated'],
      ])
    }
  })

  it('do what is due at its time, and once', async () => {
    const [ana, ben, cleo] = people('ana', 'ben', 'cleo') as [string, string, string]
    const id = await direct(ana, ben)
    const sendAt = new Date(Date.now() + 4_000).toISOString()
    for (const number of [1, 2]) {
      const body = { conversationId: id, content: `by ${number}`, sendAt }
      const answer = await callRest<ScheduledMessage>(
        ...([processOf(`conversation-${number}`).url, cast.tokenOf(ana), 'POST', '/scheduled-messages', body] as const),
      )
      expect(answer).toMatchObject({ ok: true })
    }
    // the worker, which is behind, hears of this and of the messages
    const addedAt = Date.now()
    await cast.ask<Conversation>(ana, 'POST', '/conversations', {
      ...{ kind: 'group', title: 'a group', participants: [{ userId: cleo }] },
    })
    const notified = async () => {
      const { data } = await cast.ask<Page<Notification>>(cleo, 'GET', '/notifications')
      return data.map(({ kind, createdAt }) => ({ kind, at: Date.parse(createdAt) }))
    }
    const soon = { timeout: DONE_WITHIN_MS, interval: 100 }
    await expect.poll(async () => (await notified()).length, soon).toBe(1)
    // not before people had the time to see it by themselves
    expect((await notified())[0]!.at - addedAt).toBeGreaterThan(world.notifyDelayMs - 500)

    const history = async () => (await readHistory(world.cluster.url, cast.tokenOf(ana), id))!
    await expect
      .poll(async () => (await history()).filter(({ content }) => content.startsWith('by ')).length, soon)
      .toBe(2)
    const sent = (await history()).filter(({ content }) => content.startsWith('by '))
    expect(sent.map(({ content }) => content).sort()).toEqual(['by 1', 'by 2'])
    for (const { createdAt } of sent) expect(createdAt).toBeGreaterThanOrEqual(Date.parse(sendAt))
    await expect
      .poll(async () => (await cast.ask<Page<Notification>>(ben, 'GET', '/notifications')).data.length, soon)
      .toBe(1)
    // nor once more
    await sleep(2_000)
    expect((await history()).filter(({ content }) => content.startsWith('by '))).toHaveLength(2)
    expect(await notified()).toHaveLength(1)
  }, 150_000)
})
