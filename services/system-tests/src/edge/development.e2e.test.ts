import type { Conversation } from '@parley/contracts'
import { startTracing } from '@parley/tracing'
import { expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { connect, rest } from '../stack/test-client.ts'
import { startEmbeddedStack } from '../stack/test-stack.ts'
import { startTraceReceiver } from '../stack/trace-receiver.ts'

type Sockets = { data: { gatewayId: string; users: { tenantId: string; userId: string; sockets: number }[] }[] }

describeStacks(
  'for development, over %s',
  ({ stack, socket }) => {
    const sample = async (token?: string) => {
      const response = await fetch(`${stack.restUrls[0]}/dev/sample`, {
        method: 'POST',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      })
      return { status: response.status, body: (await response.json()) as Conversation }
    }

    test('a sample conversation is made through the rules of the tenant, with something to read in it', async () => {
      const made = await sample(stack.token('zoe', { tenant: 'samples', name: 'Zoe' }))
      expect(made).toMatchObject({
        status: 201,
        body: { kind: 'context', context: { type: 'booking' }, participantCount: 2, lastSeq: 4, unreadCount: 2 },
      })
      const again = await sample(stack.token('zoe', { tenant: 'samples' }))
      expect(again.body.id).not.toBe(made.body.id)
      expect((await sample()).status).toBe(401)
    })

    test.each([
      ['appointments', { kind: 'context', context: { type: 'appointment' } }],
      ['support-desk', { kind: 'context', context: { type: 'booking' } }],
      ['direct', { kind: 'direct', context: null }],
      ['contracts', { kind: 'context', context: { type: 'contract' } }],
      ['marketplace', { kind: 'context', context: { type: 'booking' } }],
    ])('in %s it is about what there is', async (preset, expected) => {
      const tenant = `sample-${preset}`
      const backend = rest(stack, 'backend', stack.token('backend', { role: 'service', tenant }))
      expect((await backend.call('PUT', '/admin/policy', { preset })).status).toBe(200)
      expect(await sample(stack.token('ben', { tenant }))).toMatchObject({ status: 201, body: expected })
    })

    test('who is connected is told by gateway and user, and not any more once they are gone', async () => {
      const sockets = async () => {
        const { data } = (await (await fetch(`${stack.restUrls[0]}/dev/sockets`)).json()) as Sockets
        expect(new Set(data.map(({ gatewayId }) => gatewayId)).size).toBe(2)
        return data.map(({ users }) => users).sort((a, b) => b.length - a.length)
      }
      const tenant = 'connected'
      const at = (gateway: number, userId: string) =>
        socket(userId, { gateway, token: stack.token(userId, { tenant }) })
      const open = [await at(0, 'a:b'), await at(0, 'a:b'), await at(0, 'ben'), await at(1, 'ben')]
      expect(await sockets()).toEqual([
        [
          { tenantId: tenant, userId: 'a:b', sockets: 2 },
          { tenantId: tenant, userId: 'ben', sockets: 1 },
        ],
        [{ tenantId: tenant, userId: 'ben', sockets: 1 }],
      ])
      for (const socket of open) socket.close()
      await expect.poll(sockets).toEqual([[], []])
    })
  },
  { gateways: 2 },
)

test('logs have ids of requests and of traces, and neither what people write nor their tokens', async () => {
  const lines: string[] = []
  await using stack = await startEmbeddedStack({ env: { LOG_LEVEL: 'debug' }, logTo: (line) => void lines.push(line) })
  await using receiver = await startTraceReceiver()
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER_ARG: 1 }
  await using _tracing = await startTracing(settings, 'test')
  const ana = rest(stack, 'ana')
  const { id: conversationId } = await ana.direct('ben')
  const content = 'very private words'
  const path = `/conversations/${conversationId}/messages`
  expect((await ana.call('POST', path, { content })).status).toBe(201)
  expect((await ana.call('POST', path, { content, type: content })).status).toBe(422)
  expect((await ana.call('POST', path, `{"content":"${content}"`)).status).toBe(400)
  expect((await ana.call('GET', `/messages/search?q=${encodeURIComponent(content)}`)).status).toBe(200)
  const forged = `${stack.token('ana').slice(0, -4)}AAAA`
  expect((await rest(stack, 'ana', forged).call('GET', '/me')).status).toBe(401)
  const socket = await connect(stack, 'ben')
  await socket.send('send_message', { conversationId, content })
  await socket.send('send_message', { conversationId, content, type: content })
  socket.close()
  const requests = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'request')
  expect(requests.length).toBeGreaterThanOrEqual(6)
  for (const { requestId } of requests) expect(requestId).toEqual(expect.any(String))
  expect(requests.some(({ traceId }) => /^[0-9a-f]{32}$/.test(String(traceId)))).toBe(true)
  const log = lines.join('\n')
  for (const secret of ['private', forged, stack.token('ana').split('.')[2]!]) expect(log).not.toContain(secret)
})
