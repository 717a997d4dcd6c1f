import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import type { Conversation, Message, ScheduledMessage } from '@parley/contracts'
import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { untilConverged, untilOutboxEmpty } from './checks.ts'
import { type Client, connectClient } from './client.ts'
import { readHistory } from './history.ts'
import { createMeasures } from './measures.ts'
import { checkHistory, type Sent, type Violation } from './model.ts'
import { callRest, untilAnswered } from './rest.ts'
import { startWorld, type World } from './world.ts'

/** So many at once that replicas tell them in another order than they committed them. */
const BURST = 12

// Needs the built services. Each process ends, as by kill -9, in the very moment between two steps; see the failpoints.
describe('a process that ends or stops between two steps', () => {
  const people = ['ana', 'ben'] as const
  const measures = createMeasures()
  const violations: Violation[] = []
  const tokens = new Map<string, string>()
  const clients: Client[] = []
  const sent: Sent[] = []
  let world: World
  let id = ''

  beforeAll(async () => {
    world = await startWorld({ logLevel: 'warn', log: () => {}, crashed: () => {} })
    const identity = readConfig(Type.Object(identitySettings), { NODE_ENV: 'test', JWT_SECRET: world.jwtSecret })
    for (const userId of people) tokens.set(userId, signDevelopmentToken({ userId, role: 'customer' }, identity))
    const { url } = world.cluster
    const body = { kind: 'direct', participants: [{ userId: 'ben' }] }
    const created = await callRest<Conversation>(url, tokens.get('ana')!, 'POST', '/conversations', body)
    if (!created.ok) throw new Error(created.code)
    id = created.data.id
    // one on each gateway, whatever else restarts, and one wherever there is room
    const ways = [processOf('gateway-1').url, processOf('gateway-2').url, url]
    for (const userId of people)
      for (const [device, socketUrl] of ways.entries())
        clients.push(
          connectClient({
            url,
            socketUrl,
            userId,
            name: `${userId}/${device + 1}`,
            token: tokens.get(userId)!,
            measures,
            violated: (violation) => violations.push(violation),
          }),
        )
    await Promise.all(clients.map(({ loaded }) => loaded))
  }, 120_000)
  afterAll(async () => {
    for (const client of clients) client.close()
    await world?.[Symbol.asyncDispose]()
  })

  const processOf = (name: string) => world.cluster.processes.find((process) => process.name === name)!
  const arm = (name: string, failpoint: string) => processOf(name).restart({ PARLEY_FAILPOINTS: failpoint })
  const isGone = (name: string) => {
    try {
      return !process.kill(processOf(name).pid!, 0)
    } catch {
      return true
    }
  }

  /** Sends until the processes are gone, each message again and again with its clientId until it is acknowledged. */
  async function sendUntilGone(...names: string[]): Promise<void> {
    const sends: Promise<void>[] = []
    for (let deadline = Date.now() + 60_000; !names.every(isGone); ) {
      if (Date.now() > deadline) throw new Error(`${names} did not come to the failpoint`)
      for (let i = 0; i < BURST; i++) {
        const index = i % people.length
        const senderId = people[index]!
        const clientId = `f${sent.length}`
        const content = `${clientId} words`
        const one: Sent = { clientId, conversationId: id, senderId, content, sentAt: Date.now() }
        sent.push(one)
        const send = async () => {
          const answer = await untilAnswered<Message>(
            (attempt) =>
              (attempt + i) % 3
                ? clients[3 * index + (attempt % 3)]!.request('send_message', { conversationId: id, content, clientId })
                : callRest(world.cluster.url, tokens.get(senderId)!, 'POST', `/conversations/${id}/messages`, {
                    content,
                    clientId,
                  }),
            { failed: () => {}, signal: AbortSignal.timeout(60_000) },
          )
          if (answer.ok) one.acked = { id: answer.data.id, seq: answer.data.seq, at: Date.now() }
        }
        sends.push(send())
      }
      await sleep(50)
    }
    await Promise.all(sends)
  }

  /** Every message once in the history and on each screen, in order, and on the event stream at least once. */
  async function expectWhole(): Promise<void> {
    const views = new Map(
      await Promise.all(
        people.map(async (userId) => {
          const history = await readHistory(world.cluster.url, tokens.get(userId)!, id)
          return [userId, new Map([[id, history]])] as const
        }),
      ),
    )
    expect(sent.filter(({ acked }) => !acked)).toEqual([])
    expect(checkHistory(id, views.get('ana')!.get(id)!, sent)).toEqual([])
    const { violations: stale } = await untilConverged(clients, views, Date.now())
    expect(stale).toEqual([])
    expect(violations).toEqual([])
    expect(await untilOutboxEmpty(world.databaseUrl)).toBe(0)
    expect(await eventsOnStream()).toEqual(new Set(sent.map((_, index) => `${id}:${index + 1}`)))
  }

  async function eventsOnStream(): Promise<Set<string>> {
    const { username, password, host } = new URL(world.natsUrl)
    const connection = await connect({ servers: host, user: username, pass: password })
    try {
      const manager = await jetstreamManager(connection)
      const [stream] = await manager.streams.list().next()
      const ids = new Set<string>()
      const { first_seq: first, last_seq: last } = stream!.state
      for (let seq = first; seq <= last; seq++) {
        const stored = await manager.streams.getMessage(stream!.config.name, { seq })
        const event = stored!.json<{ id: string; type: string }>()
        if (event.type === 'message.created') ids.add(event.id)
      }
      return ids
    } finally {
      await connection.close()
    }
  }

  it.each([
    ['after the commit, before the reply', 'conversation-1', 'conversation.committed:5'],
    ['after the reply, before the live envelope', 'conversation-2', 'conversation.replied:5'],
    ['after the event was published, before its outbox entry is deleted', 'conversation-1', 'conversation.published:5'],
  ])(
    '%s',
    async (_moment, name, failpoint) => {
      await arm(name, failpoint)
      await sendUntilGone(name)
      await processOf(name).restart()
      await expectWhole()
    },
    150_000,
  )

  it('of a gateway that holds what came too early, for an envelope is missing', async () => {
    await arm('gateway-1', 'gateway.buffered:1')
    await arm('conversation-2', 'conversation.replied:5')
    await sendUntilGone('gateway-1', 'conversation-2')
    await Promise.all(['gateway-1', 'conversation-2'].map((name) => processOf(name).restart()))
    await expectWhole()
  }, 150_000)

  it('of what does a scheduled message: before it is sent, or after that and before it says so', async () => {
    await arm('conversation-1', 'jobs.claimed:1')
    await arm('conversation-2', 'conversation.committed:1')
    const clientId = `f${sent.length}`
    const content = `${clientId} words`
    const scheduled = await untilAnswered<ScheduledMessage>(
      (attempt) =>
        callRest(world.cluster.url, tokens.get('ana')!, 'POST', '/scheduled-messages', {
          ...{ conversationId: id, content, clientId },
          // in the future also when the machine is slow
          sendAt: new Date(Date.now() + 2_000 * (attempt + 1)).toISOString(),
        }),
      { failed: () => {}, signal: AbortSignal.timeout(60_000) },
    )
    if (!scheduled.ok) throw new Error(scheduled.code)
    // each ends where it is told to, the one after the other as its lease runs out
    await expect
      .poll(() => ['conversation-1', 'conversation-2'].every(isGone), { timeout: 60_000, interval: 200 })
      .toBe(true)
    await Promise.all(['conversation-1', 'conversation-2'].map((name) => processOf(name).restart()))
    const found = async () => {
      const history = await readHistory(world.cluster.url, tokens.get('ana')!, id)
      return history?.find((message) => message.content === content)
    }
    await expect.poll(found, { timeout: 60_000, interval: 500 }).toBeDefined()
    const message = (await found())!
    const at = Date.now()
    sent.push({
      clientId,
      conversationId: id,
      senderId: 'ana',
      content,
      sentAt: at,
      acked: { id: message.id, seq: message.seq, at },
    })
    await expect
      .poll(() => callRest<{ data: unknown[] }>(world.cluster.url, tokens.get('ana')!, 'GET', '/scheduled-messages'), {
        timeout: 60_000,
      })
      .toMatchObject({ ok: true, data: { data: [] } })
    await expectWhole()
  }, 240_000)

  it('a replica that is paused keeps nobody waiting once its silence is noticed', async () => {
    const paused = processOf('conversation-1')
    await paused.kill('SIGSTOP')
    try {
      await sleep(2_000)
      for (let i = 0; i < 40; i++) {
        const index = i % people.length
        const clientId = `f${sent.length}`
        const content = `${clientId} words`
        const one: Sent = { clientId, conversationId: id, senderId: people[index]!, content, sentAt: Date.now() }
        sent.push(one)
        // once, without another try
        const input = { conversationId: id, content, clientId }
        const answer = await clients[3 * index + (i % 3)]!.request<Message>('send_message', input)
        if (!answer.ok) throw new Error(`${i}: ${answer.code}`)
        one.acked = { id: answer.data.id, seq: answer.data.seq, at: Date.now() }
      }
      const waited = sent.slice(-40).map(({ sentAt, acked }) => acked!.at - sentAt)
      // five times what is promised
      expect(Math.max(...waited)).toBeLessThan(5_000)
    } finally {
      await paused.kill('SIGCONT')
    }
    await expectWhole()
  }, 150_000)

  it('of the relay with entries claimed, which another one left behind', async () => {
    await arm('conversation-1', 'relay.claimed:1')
    await arm('conversation-2', 'conversation.committed:5')
    await sendUntilGone('conversation-2')
    await expect.poll(() => isGone('conversation-1'), { timeout: 30_000 }).toBe(true)
    await Promise.all(['conversation-1', 'conversation-2'].map((name) => processOf(name).restart()))
    await expectWhole()
  }, 150_000)
})
