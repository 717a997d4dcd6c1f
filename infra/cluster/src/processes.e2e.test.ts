import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Conversation, Message, MessageXray, Page } from '@parley/contracts'
import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { io } from 'socket.io-client'
import { Type } from 'typebox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { describedMetrics, shownMetrics } from './shown-metrics.ts'
import { alertRules, askedMetrics, dashboardQueries } from './watched-queries.ts'

/**
 * Far above what the announced timers come to (presence four times a second, pulses, relay, readiness checks of the proxy:
 * about 15 to 25), and far below one timer of 20 ms.
 */
const MOST_PER_SECOND = 45
const WATCHED_S = 5
const SETTLING_MS = 3_000

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** How often the main thread has gone to sleep by itself, and so been woken: see proc(5). */
function sleepsOf(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

const env = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'warn',
  JWT_SECRET: 'a secret that is long enough for a test',
  NOTIFY_DELAY_MS: '500',
}

describe('processes as they run in production', () => {
  let cluster: Cluster
  const receiver = createServer((request, response) => {
    request.resume()
    response.writeHead(request.url === '/refuses' ? 500 : 204).end()
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    cluster = await startCluster({ env })
  }, 120_000)
  afterAll(async () => {
    receiver.close()
    await cluster?.stop()
  })

  const identity = readConfig(Type.Object(identitySettings), env)
  const as = (userId: string, role = 'customer') => `Bearer ${signDevelopmentToken({ userId, role }, identity)}`
  const call = async <T>(authorization: string, method: string, path: string, body?: object | FormData): Promise<T> => {
    const isForm = body instanceof FormData
    const response = await fetch(`${cluster.url}/v1${path}`, {
      method,
      headers: { authorization, ...(body && !isForm && { 'content-type': 'application/json' }) },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    })
    expect([path, response.status]).toEqual([path, expect.toSatisfy((status: number) => status < 300)])
    return (await response.json()) as T
  }
  /** Added up over the processes of a kind, as somebody has them who scrapes all; NaN where one cannot say. */
  const metric = async (kind: string, series: string): Promise<number> => {
    const texts = await Promise.all(
      cluster.processes
        .filter(({ name }) => name.startsWith(kind))
        .map(async ({ metricsUrl }) => (await fetch(metricsUrl!)).text()),
    )
    const escaped = series.replace(/[{}."]/g, '\\$&')
    const values = texts.map((text) => new RegExp(`^${escaped} (\\S+)$`, 'm').exec(text)?.[1])
    return values.reduce((sum, value) => sum + (value === undefined ? 0 : Number(value)), 0)
  }

  test.runIf(existsSync('/proc/self/status'))(
    'are woken by their announced timers only, while they are at rest',
    async () => {
      await sleep(SETTLING_MS)
      const before = cluster.processes.map(({ name, pid }) => ({ name, pid: pid!, sleeps: sleepsOf(pid!) }))
      await sleep(WATCHED_S * 1000)
      const perSecond = before.map(({ name, pid, sleeps }) => [name, (sleepsOf(pid) - sleeps) / WATCHED_S] as const)
      for (const [name, wakes] of perSecond)
        expect(wakes, `${name} wakes so often a second`).toBeLessThan(MOST_PER_SECOND)
    },
  )

  test('say at /metrics what the worker and the storage service do, after some of it', async () => {
    const [backend, ana, ben] = [as('backend', 'service'), as('ana'), as('ben')]
    const at = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
    for (const path of ['/takes', '/refuses'])
      await call(backend, 'POST', '/webhooks', { url: at + path, events: ['message.created'] })
    await call(ben, 'PUT', '/me/devices/phone', { channel: 'apns', token: 'ab'.repeat(32) })
    const { id } = await call<Conversation>(ana, 'POST', '/conversations', {
      ...{ kind: 'direct', participants: [{ userId: 'ben' }] },
    })
    await call<Message>(ana, 'POST', `/conversations/${id}/messages`, { content: 'hello' })
    const form = new FormData()
    form.append('conversationId', id)
    form.append('file', new Blob(['twelve bytes'], { type: 'text/plain' }), 'a.txt')
    await call(ana, 'POST', '/attachments', form)

    const soon = { timeout: 20_000, interval: 200 }
    await expect
      .poll(() => metric('notifier', 'parley_notifier_outcomes_total{channel="apns",outcome="accepted"}'), soon)
      .toBe(1)
    expect(await metric('notifier', 'parley_notifier_delay_seconds_count{channel="apns"}')).toBe(1)
    // not before its time, and with it the worker's own second or two
    expect(await metric('notifier', 'parley_notifier_delay_seconds_sum{channel="apns"}')).toBeGreaterThan(0.5)
    expect(await metric('notifier', 'parley_notifier_waiting')).toBe(0)
    expect(await metric('notifier', 'parley_notifier_waiting_seconds')).toBe(0)
    expect(await metric('notifier', 'parley_notifier_news_lag_seconds')).toBeLessThan(10)
    await expect.poll(() => metric('notifier', 'parley_webhook_tries_total{outcome="later"}'), soon).toBe(1)
    await expect.poll(() => metric('notifier', 'parley_webhook_tries_total{outcome="delivered"}'), soon).toBe(1)
    expect(await metric('notifier', 'parley_webhook_delay_seconds_count{outcome="delivered"}')).toBe(1)
    // what is refused waits for its next try, and both workers say so
    expect(await metric('notifier', 'parley_webhook_waiting')).toBe(2)
    expect(await metric('notifier', 'parley_webhook_waiting_seconds')).toBeLessThan(20)
    await expect.poll(() => metric('notifier', 'parley_consumer_pending{consumer="notifier-webhooks"}'), soon).toBe(0)
    for (const what of ['notification', 'event'])
      expect(await metric('notifier', `parley_notifier_dead_letters{what="${what}"}`)).toBe(0)
    expect(await metric('notifier', 'parley_set_aside_total{what="delivery"}')).toBe(0)
    expect(await metric('storage', 'parley_storage_uploads_total')).toBe(1)
    expect(await metric('storage', 'parley_storage_upload_bytes_total')).toBe(12)
    expect(await metric('storage', 'parley_storage_pending_scans')).toBe(0)
    expect(await metric('storage', 'parley_consumer_pending{consumer="storage"}')).toBe(0)
  }, 90_000)

  test('say at /metrics what gateways and conversation services do, after somebody has talked over sockets', async () => {
    const [cat, dan] = [as('cat'), as('dan')]
    const open = (authorization: string) =>
      io(cluster.url, {
        ...{ transports: ['websocket'], forceNew: true, auth: { token: authorization.slice('Bearer '.length) } },
      })
    const [mine, theirs] = [open(cat), open(dan)]
    try {
      await Promise.all([mine, theirs].map((socket) => new Promise<void>((resolve) => socket.once('ready', resolve))))
      const { id } = await call<Conversation>(cat, 'POST', '/conversations', {
        ...{ kind: 'direct', participants: [{ userId: 'dan' }] },
      })
      const heard = new Promise((resolve) => theirs.once('new_message', resolve))
      const sent = async (content: unknown) =>
        (await mine.timeout(10_000).emitWithAck('send_message', { conversationId: id, content })) as { ok: boolean }
      const of = (outcome: string) => `parley_gateway_answers_total{event="send_message",outcome="${outcome}"}`
      const before = {
        committed: await metric('conversation', 'parley_messages_committed_total'),
        ...{ ok: await metric('gateway', of('ok')), refused: await metric('gateway', of('invalid_input')) },
      }
      expect(await sent('hello')).toMatchObject({ ok: true })
      expect(await sent(7)).toMatchObject({ ok: false })
      await heard
      // with the permissions of infra/nats.conf: by each gateway, out of the stream, and by the worker
      const admin = as('mod', 'admin')
      const { data: sentMessages } = await call<Page<Message>>(cat, 'GET', `/conversations/${id}/messages`)
      const life = () => call<MessageXray>(admin, 'GET', `/admin/messages/${sentMessages[0]!.id}/xray`)
      const placed = ({ steps }: MessageXray) => steps.filter(({ isKnown }) => isKnown).map(({ step }) => step)
      await expect
        .poll(async () => placed(await life()), { timeout: 20_000, interval: 200 })
        .toEqual(expect.arrayContaining(['received', 'committed', 'told', 'told', 'streamed', 'notified', 'read']))
      expect(await metric('gateway', of('ok'))).toBe(before.ok + 1)
      expect(await metric('gateway', of('invalid_input'))).toBe(before.refused + 1)
      expect(await metric('gateway', 'parley_gateway_answer_seconds_sum{event="send_message"}')).toBeGreaterThan(0)
      expect(await metric('gateway', 'parley_gateway_commit_to_emit_seconds_count')).toBeGreaterThanOrEqual(2)
      expect(await metric('gateway', 'parley_gateway_commit_to_emit_seconds_bucket{le="5"}')).toBeGreaterThanOrEqual(2)
      for (const name of ['sockets', 'users', 'lines'])
        expect([name, await metric('gateway', `parley_gateway_${name}`)]).toEqual([
          name,
          expect.toSatisfy((many: number) => many >= (name === 'lines' ? 1 : 2)),
        ])
      expect(await metric('conversation', 'parley_messages_committed_total')).toBe(before.committed + 1)
      expect(await metric('conversation', 'parley_batch_calls_sum{batch="append"}')).toBeGreaterThanOrEqual(1)
      expect(await metric('conversation', 'parley_batch_seconds_count{batch="append"}')).toBeGreaterThanOrEqual(1)
      expect(await metric('conversation', 'parley_database_wait_seconds_count{owner="conversation"}')).toBeGreaterThan(
        0,
      )
      const soon = { timeout: 20_000, interval: 200 }
      await expect.poll(() => metric('conversation', 'parley_outbox_depth'), soon).toBe(0)
      expect(await metric('conversation', 'parley_outbox_age_seconds')).toBe(0)
      await expect
        .poll(() => metric('conversation', 'parley_events_published_total{how="acknowledged"}'), soon)
        .toBeGreaterThan(0)
      expect(await metric('gateway', 'parley_bus_connected')).toBe(2)
    } finally {
      mine.disconnect()
      theirs.disconnect()
    }
  }, 90_000)

  test('show what docs/operating.md describes, with its labels, and nothing that it does not', async () => {
    const described = describedMetrics(readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8'))
    const kinds = ['gateway', 'conversation', 'storage', 'notifier'] as const
    const shown = Object.fromEntries(
      await Promise.all(
        kinds.map(async (kind) => {
          const { metricsUrl } = cluster.processes.find(({ name }) => name.startsWith(kind))!
          return [kind, shownMetrics(await (await fetch(metricsUrl!)).text())] as const
        }),
      ),
    )
    const names = new Set(described.map(({ name }) => name))
    for (const kind of kinds)
      expect([kind, [...shown[kind]!.keys()].filter((name) => name.startsWith('parley_') && !names.has(name))]).toEqual(
        [...[kind, []]],
      )
    const where: Record<string, readonly string[]> = {
      Gateway: ['gateway'],
      'Conversation service': ['conversation'],
      Storage: ['storage'],
      'Notifications and webhooks': ['notifier', 'conversation'],
      'Every process': kinds,
    }
    for (const { section, name, labels } of described) {
      const at = where[section]?.flatMap((kind) => shown[kind]!.get(name) ?? []) ?? []
      expect([section, name, at.length > 0]).toEqual([section, name, true])
      for (const found of at) if (found.labels) expect([name, found.labels]).toEqual([name, labels])
    }
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'nodejs_eventloop_utilization_ratio'])
      for (const kind of kinds) expect([...shown[kind]!.keys()]).toContain(name)
  })

  test('have everything that dashboards and alerts ask for, with its labels', async () => {
    const texts = await Promise.all(cluster.processes.map(async ({ metricsUrl }) => (await fetch(metricsUrl!)).text()))
    const shown = texts.map(shownMetrics)
    const alerts = alertRules().map(({ alert, expr }) => ({ at: `alert ${alert}`, expression: expr }))
    const queries = [...dashboardQueries(), ...alerts]
    const described = describedMetrics(readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8'))
    expect(queries.length).toBeGreaterThan(80)
    for (const { at, expression } of queries) {
      const { metrics, groupedBy } = askedMetrics(expression)
      expect([at, metrics.length > 0]).toEqual([at, true])
      // null of a metric of which nothing has been yet: what it has is in docs/operating.md, which the test above compares
      const labels = new Set<string>()
      for (const { name, chosenBy } of metrics) {
        if (name === 'up') continue
        const base = name.replace(/_(bucket|count|sum)$/, '')
        const found = shown.flatMap((all) => all.get(name) ?? all.get(base) ?? [])
        expect([at, name, found.length > 0]).toEqual([at, name, true])
        const own = described.find((metric) => metric.name === base || metric.name === name)?.labels
        const has = new Set(own ?? found.flatMap((metric) => metric.labels ?? []))
        expect([at, name, chosenBy.filter((label) => !has.has(label))]).toEqual([at, name, []])
        for (const label of has) labels.add(label)
      }
      expect([at, groupedBy.filter((label) => !labels.has(label))]).toEqual([at, []])
    }
  })

  test('move their sockets over as long as DRAIN_MS says, each in its own moment', async () => {
    const gateway = cluster.processes.findLast(({ name }) => name.startsWith('gateway'))!
    await gateway.restart({ DRAIN_MS: '60000' })
    const token = as('eve').slice('Bearer '.length)
    const sockets = Array.from({ length: 20 }, () =>
      io(gateway.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth: { token } }),
    )
    try {
      await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.once('ready', resolve))))
      const told = sockets.map(
        (socket) =>
          new Promise<number>((resolve) => socket.once('server_draining', (data) => resolve(data.reconnectInMs))),
      )
      await gateway.kill('SIGTERM')
      const moments = (await Promise.all(told)).toSorted((a, b) => a - b)
      // twenty of sixty seconds: all below twelve of them would be once in 10^14
      expect(moments.at(-1)).toBeGreaterThan(12_000)
      expect(new Set(moments).size).toBeGreaterThan(10)
    } finally {
      for (const socket of sockets) socket.disconnect()
      await gateway.kill('SIGKILL')
      await gateway.restart()
    }
  })
})
