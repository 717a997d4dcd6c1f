import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type DeadEvent, type Message, type NewWebhook, subjects, type WebhookDelivery } from '@parley/contracts'
import { startTracing, traceIdOf } from '@parley/tracing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest } from '../stack/test-client.ts'
import { startServerStack } from '../stack/test-stack.ts'
import { startTraceReceiver } from '../stack/trace-receiver.ts'

interface Body {
  type: string
  id: string
  data: Partial<Message>
}

describeStacks(
  'webhooks over %s',
  ({ stack, socket, people }) => {
    /** What came, verified by the library that receivers use. */
    let came: (Body & { webhookId: string; traceparent?: string | undefined })[] = []
    let faults: unknown[] = []
    let secret = ''
    let status = 204
    let path = ''
    /** What the host says to what it is asked before it is sent; undefined: nothing, for as long as anybody listens. */
    let says: object | undefined = { action: 'allow' }
    /** A receiver anew: what an earlier one is still sent, under another secret, is not looked at. */
    const receiver = (name: string) => {
      ;[came, faults, status, path, says] = [[], [], 204, `/${name}`, { action: 'allow' }]
    }
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      if (request.url !== path) return response.writeHead(204).end()
      try {
        const headers = request.headers as Record<string, string>
        const verified = new Webhook(secret).verify(body, headers) as Body
        came.push({ ...verified, webhookId: headers['webhook-id']!, traceparent: headers.traceparent })
        if (verified.type === 'message.before_send') {
          if (says) response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(says))
          return
        }
      } catch (err) {
        faults.push(err)
      }
      response.writeHead(status).end()
    })
    beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
    afterAll(() => void server.close())
    const as = (userId: string, role: string) =>
      rest({ ...stack, restUrls: stack.notifierUrls }, userId, stack.token(userId, { role })).call
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`

    test('tell a host what happens, signed and without what was deleted, whatever the stream holds besides', async () => {
      const [ana, ben] = people('ana', 'ben')
      receiver(ana)
      const backend = as('backend', 'service')
      expect((await as(ana, 'customer')('POST', '/webhooks', { url: url(), events: ['*'] })).status).toBe(403)
      const created = await backend<NewWebhook>('POST', '/webhooks', { url: url(), events: ['message.*'] })
      expect(created.status).toBe(201)
      ;({ secret } = created.body)
      const { id: webhookId } = created.body
      for (const path of ['', `/${webhookId}`, `/${webhookId}/deliveries`])
        expect((await as(ana, 'customer')('GET', `/webhooks${path}`)).status).toBe(403)

      // what cannot be read goes aside after its tries, and keeps nobody waiting
      const subject = subjects.event('default', 'message.created')
      await stack.bus
        .publishDurable([{ subject, id: `poison-${ana}`, headers: {}, body: Buffer.from('{ no json') }])
        .catch(() => {})
      const { id } = await rest(stack, ana).direct(ben)
      const send = (content: string) =>
        rest(stack, ana).call<Message>('POST', `/conversations/${id}/messages`, { content })
      const { body: first } = await send('first words')
      const ofMessage = (message: Message) => came.filter(({ data }) => data.id === message.id)
      await expect
        .poll(() => ofMessage(first), { timeout: 20_000 })
        .toMatchObject([
          { type: 'message.created', id: `${id}:1`, webhookId: `${id}:1`, data: { content: 'first words' } },
        ])
      // deleted while it waits: its words do not leave any more
      status = 500
      const { body: second } = await send('secret words')
      await expect.poll(() => ofMessage(second).length, { timeout: 20_000 }).toBeGreaterThan(0)
      await rest(stack, ana).call('DELETE', `/messages/${second.id}?for=everyone`)
      const deliveries = async () => {
        const { body } = await backend<{ data: WebhookDelivery[] }>(
          'GET',
          `/webhooks/${webhookId}/deliveries?limit=100`,
        )
        return body.data
      }
      const deliveriesOf = async (message: Message) =>
        (await deliveries()).filter(
          ({ eventId, body }) => eventId === `${id}:${message.seq}` || body?.includes(message.id),
        )
      await expect
        .poll(async () => (await deliveriesOf(second)).map(({ status, type }) => [type, status]), { timeout: 20_000 })
        .toEqual([
          ['message.deleted', 'waiting'],
          ['message.created', 'withdrawn'],
        ])
      expect(JSON.stringify(await deliveriesOf(second))).not.toContain('secret words')
      status = 204
      const range = { from: new Date(0).toISOString(), to: new Date(Date.now() + 3_600_000).toISOString() }
      const replay = async () =>
        expect((await backend('POST', `/webhooks/${webhookId}/replay`, range)).body).toMatchObject({ nextFrom: null })
      // what waits for its next try comes by itself: only what has come is counted when it comes again
      await replay()
      await expect
        .poll(async () => (await deliveries()).filter(({ status }) => status === 'waiting'), { timeout: 20_000 })
        .toEqual([])
      came = []
      await replay()
      await expect.poll(() => came.length, { timeout: 20_000 }).toBe(2)
      expect(came.map(({ type }) => type).sort()).toEqual(['message.created', 'message.deleted'])
      expect(JSON.stringify(came)).not.toContain('secret words')
      expect(ofMessage(first).map(({ webhookId }) => webhookId)).toEqual([`${id}:1`])
      expect(faults).toEqual([])
      // the embedded bus keeps nothing: what is not handled comes again from the outbox, where this is not
      if (stack.name === 'embedded') return
      const aside = async () => {
        const { body } = await backend<{ data: DeadEvent[] }>('GET', '/admin/dead-letters/events?limit=100')
        return body.data.filter(({ eventId }) => eventId === `poison-${ana}`)
      }
      await expect
        .poll(aside, { timeout: 20_000 })
        .toMatchObject([{ subject, sequence: expect.any(Number), state: 'aside', error: 'Its body is no JSON' }])
      const [dead] = await aside()
      await backend('POST', '/admin/dead-letters/events/redrive', { ids: [dead!.id] })
      await expect.poll(aside, { timeout: 20_000 }).toMatchObject([{ state: 'lost' }])
    })

    test('belong to the trace of what they tell of, and hand it on to the host', async () => {
      const [ana, ben] = people('ana', 'ben')
      receiver(`traced-${ana}`)
      const { body } = await as('backend', 'service')<NewWebhook>('POST', '/webhooks', {
        ...{ url: url(), events: ['message.created'] },
      })
      ;({ secret } = body)
      const { id } = await rest(stack, ana).direct(ben)
      const send = (content: string) => rest(stack, ana).call('POST', `/conversations/${id}/messages`, { content })
      const traceOf = (content: string) => came.find(({ data }) => data.content === content)
      await using traces = await startTraceReceiver()
      {
        const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: traces.url, OTEL_TRACES_SAMPLER_ARG: 1 }
        await using _tracing = await startTracing(settings, 'test')
        await send('traced')
        await expect.poll(() => traceOf('traced'), { timeout: 20_000 }).toBeDefined()
      }
      const named = (name: string) => traces.spans.filter((span) => span.name === name)
      const [root] = named('POST /v1/conversations/:conversationId/messages')
      expect(traceIdOf(traceOf('traced')!.traceparent!)).toBe(root!.traceId)
      expect(named('post webhook').map(({ traceId }) => traceId)).toContain(root!.traceId)
      await send('in no trace')
      await expect.poll(() => traceOf('in no trace'), { timeout: 20_000 }).toBeDefined()
      expect(traceOf('in no trace')!.traceparent).toBeUndefined()
    })

    test('tell admins who are connected that one is gone, and the audit log', async () => {
      const [boss] = people('boss')
      receiver(boss)
      const admin = as(boss, 'admin')
      const listening = await socket(boss, { token: stack.token(boss, { role: 'admin' }) })
      const { body } = await admin<NewWebhook>('POST', '/webhooks', { url: url(), events: ['participant.left'] })
      status = 410
      secret = body.secret
      expect((await admin('POST', `/webhooks/${body.id}/test`)).status).toBe(201)
      await expect
        .poll(() => listening.of('webhook_disabled'), { timeout: 20_000 })
        .toMatchObject([{ webhookId: body.id, url: url(), reason: 'gone' }])
      status = 204
      const audit = rest(stack, boss, stack.token(boss, { role: 'admin' }))
      const lines = async () => {
        const { body: page } = await audit.call<{ data: { action: string; target: string | null }[] }>(
          'GET',
          '/admin/audit',
        )
        return page.data.filter(({ target }) => target === body.id).map(({ action }) => action)
      }
      await expect.poll(lines, { timeout: 20_000 }).toEqual(['webhooks.disabled', 'webhooks.test', 'webhooks.create'])
    })

    /** A tenant of its own where the host is asked, whose rules nobody has read before. */
    const asking = async (name: string, hook: object) => {
      const [ana, ben, boss] = people('ana', 'ben', 'boss')
      const tenant = `${name}-${ana}`
      const of = (userId: string, role: string) => rest(stack, userId, stack.token(userId, { role, tenant }))
      const [admin, customer] = [of(boss, 'admin'), of(ana, 'customer')]
      const backend = stack.token('backend', { role: 'service', tenant })
      const { body: webhook } = await rest(
        { ...stack, restUrls: stack.notifierUrls },
        'backend',
        backend,
      ).call<NewWebhook>('POST', '/webhooks', { url: url(), events: ['message.before_send'] })
      ;({ secret } = webhook)
      const preSendHook = { webhookId: webhook.id, ...hook }
      const rules = { users: { mustExist: false }, moderation: { preSendHook } }
      expect(await admin.call('PUT', '/admin/policy', rules)).toMatchObject({ status: 200 })
      const { id } = await customer.direct(ben)
      const [sender, listening] = [
        await socket(ana, { token: stack.token(ana, { tenant }) }),
        await socket(ben, { token: stack.token(ben, { tenant }) }),
      ]
      const send = (content: string) =>
        sender.send('send_message', { conversationId: id, content, clientId: content.replaceAll(' ', '-') })
      return { ana, boss, id, admin, customer, sender, listening, send }
    }

    test('say before it is sent what may be said, where the rules ask them', async () => {
      receiver('moderator')
      const it = await asking('asked', { onFailure: 'hold', deadlineMs: 4_000 })
      expect(await it.send('harmless')).toMatchObject({ ok: true, data: { content: 'harmless', seq: 1 } })
      says = { action: 'modify', content: 'call …' }
      expect(await it.send('call 555')).toMatchObject({ ok: true, data: { content: 'call …', modified: true } })
      says = { action: 'reject', reason: 'No numbers' }
      const rejected = { code: 'rejected_by_host', message: 'No numbers' }
      expect(await it.send('call 556')).toMatchObject({ ok: false, error: rejected })
      says = { action: 'hold' }
      expect(await it.send('first')).toMatchObject({ ok: false, error: { code: 'held_for_review' } })
      const { status: code, body } = await it.customer.call('POST', `/conversations/${it.id}/messages`, {
        ...{ content: 'first', clientId: 'first' },
      })
      expect([code, body]).toMatchObject([409, { code: 'held_for_review' }])
      expect(await it.send('second')).toMatchObject({ ok: false, error: { code: 'held_for_review' } })
      expect(came.map(({ type }) => type)).toEqual(Array(5).fill('message.before_send'))

      type Held = { id: string; why: string }
      const { data } = (await it.admin.call<{ data: Held[] }>('GET', '/admin/held-messages')).body
      const [first, second, ...others] = data
      expect([first?.why, second?.why, others]).toEqual(['host', 'host', []])
      const release = `/admin/held-messages/${first!.id}/release`
      const foreign = rest(stack, it.boss, stack.token(it.boss, { role: 'admin' }))
      expect((await foreign.call('POST', release)).status).toBe(404)
      expect((await it.customer.call('POST', release)).status).toBe(403)
      expect((await it.admin.call('POST', release)).body).toMatchObject({ status: 'released' })
      const refuse = `/admin/held-messages/${second!.id}/refuse`
      expect((await it.admin.call('POST', refuse, {})).body).toMatchObject({ status: 'refused' })
      const heard = () => it.listening.messages().map(({ content }) => content)
      await expect.poll(heard, { timeout: 20_000 }).toEqual(['harmless', 'call …', 'first'])
      const told = () => it.sender.of<{ status: string }>('held_message_updated').map(({ status }) => status)
      await expect.poll(told, { timeout: 20_000 }).toEqual(['held', 'held', 'released', 'refused'])
      expect(it.listening.of('held_message_updated')).toEqual([])
      expect(faults).toEqual([])
    })

    test('say nothing in time, and the rules say what becomes of the message', async () => {
      receiver('sleeper')
      says = undefined
      const outcomes: unknown[] = []
      for (const onFailure of ['allow', 'reject', 'hold']) {
        const { send } = await asking(onFailure, { onFailure, deadlineMs: 300 })
        const reply = await send('anybody there?')
        outcomes.push([onFailure, reply.ok ? reply.data : reply.error.code])
      }
      expect(outcomes).toMatchObject([
        ['allow', { content: 'anybody there?' }],
        ['reject', 'unavailable'],
        ['hold', 'held_for_review'],
      ])
    })

    test('refuse what is no webhook, and say where', async () => {
      const backend = as('backend', 'service')
      const good = { url: url(), events: ['*'] }
      for (const [pointer, wrong] of [
        ['/url', { ...good, url: 'ftp://example.com' }],
        ['/url', { ...good, url: 'no address' }],
        ['/url', { ...good, url: 'https://a:b@example.com/' }],
        ['/url', { ...good, url: `https://example.com/${'x'.repeat(2_048)}` }],
        ['/url', { events: ['*'] }],
        ['/events', { ...good, events: [] }],
        ['/events/0', { ...good, events: ['message.*.*'] }],
        ['/events/0', { ...good, events: ['constructor'] }],
        ['/events', { ...good, events: '*' }],
        ['/description', { ...good, description: 'a\u0000' }],
        ['/secret', { ...good, secret: 'whsec_mine' }],
      ] as const)
        expect([wrong, await backend('POST', '/webhooks', wrong)]).toMatchObject([
          wrong,
          {
            status: 422,
            body: { code: 'invalid_input', errors: expect.arrayContaining([expect.objectContaining({ pointer })]) },
          },
        ])
      const missing = '01900000-0000-7000-8000-000000000000'
      expect(await backend('GET', '/webhooks/x')).toMatchObject({ status: 422 })
      expect(await backend('GET', `/webhooks/${missing}`)).toMatchObject({ status: 404 })
      expect(await backend('GET', `/webhooks/${missing}/deliveries?limit=0`)).toMatchObject({ status: 422 })
      expect(await backend('GET', `/webhooks/${missing}/deliveries?status=lost`)).toMatchObject({ status: 422 })
      for (const range of [
        {},
        { from: 'then', to: 'now' },
        { from: '2026-01-01T00:00:00Z', to: '2026-13-01T00:00:00Z' },
      ])
        expect(await backend('POST', `/webhooks/${missing}/replay`, range)).toMatchObject({ status: 422 })
      expect(await backend('POST', `/webhooks/${missing}/secret`, { overlapSeconds: -1 })).toMatchObject({
        status: 422,
      })
    })
  },
  { notifiers: 2 },
)

test('where no notification worker runs the rules say what becomes of a message, and whoever is not asked about sends as ever', async () => {
  await using stack = await startServerStack({ conversations: 1, gateways: 1 })
  const tenantOf = async (onFailure?: string) => {
    const tenant = onFailure ?? 'nobody-asked'
    const as = (userId: string, role: string, restUrls = stack.restUrls) =>
      rest({ ...stack, restUrls }, userId, stack.token(userId, { role, tenant }))
    const { body } = await as('backend', 'service', stack.notifierUrls).call<NewWebhook>('POST', '/webhooks', {
      ...{ url: 'http://127.0.0.1:9/', events: ['message.before_send'] },
    })
    const moderation = onFailure !== undefined && { preSendHook: { webhookId: body.id, onFailure } }
    const rules = { users: { mustExist: false }, ...(moderation && { moderation }) }
    expect(await as('boss', 'admin').call('PUT', '/admin/policy', rules)).toMatchObject({ status: 200 })
    const customer = as('ana', 'customer')
    const { id } = await customer.direct('ben')
    return () => customer.call<{ code?: string }>('POST', `/conversations/${id}/messages`, { content: 'hello' })
  }
  const [none, allow, reject, hold] = [
    await tenantOf(),
    await tenantOf('allow'),
    await tenantOf('reject'),
    await tenantOf('hold'),
  ]
  await stack.stopNotifiers()
  const outcomes = await Promise.all(
    [none, allow, reject, hold].map(async (send) => {
      const { status, body } = await send()
      return [status, body.code]
    }),
  )
  expect(outcomes).toEqual([
    [201, undefined],
    [201, undefined],
    [503, 'unavailable'],
    [409, 'held_for_review'],
  ])
})
