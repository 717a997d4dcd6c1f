import Fastify from 'fastify'
import { expect, test } from 'vitest'
import type { Mail } from '../domain/ports/mail.ts'
import { createSink } from './sink.ts'
import { sinkRoutes } from './sink-routes.ts'

const mail = (subject: string, html = '<p>hello</p>'): Mail => ({
  ...{ id: subject, tenantId: 'acme', userId: 'ana', to: 'ana@example.com', subject, text: 'hello', html },
  ...{ thread: 'x', replyTo: null, unsubscribeUrl: null },
})
const context = { signal: new AbortController().signal }

async function served() {
  const sink = createSink()
  const app = Fastify()
  await app.register(async (dev) => sinkRoutes(dev, { sink }), { prefix: '/dev' })
  return { sink, app }
}

test('the sink keeps the newest 200 of a kind and shows them', async () => {
  const { sink, app } = await served()
  for (let i = 0; i < 205; i++) await sink.emails.handOver(mail(`number ${i}`), context)
  await sink.pushes('fcm').handOver({ userId: 'ben', title: 'Ana', withdraws: false } as never, context)
  const { emails, pushes } = (await app.inject('/dev/sink.json')).json()
  expect([emails.length, emails[0].title, emails.at(-1).title]).toEqual([200, 'number 204', 'number 5'])
  expect(pushes).toMatchObject([{ to: 'ben (fcm)', title: 'Ana' }])
  const page = await app.inject('/dev/sink')
  expect(page.headers['content-type']).toContain('text/html')
  expect(page.body).toContain('number 204')
  expect((await app.inject(`/dev/sink/emails/${emails[0].id}`)).json()).toMatchObject({
    content: { subject: 'number 204' },
  })
})

test('what people wrote runs on no page of it', async () => {
  const { sink, app } = await served()
  await sink.emails.handOver(mail('<script>alert(1)</script>', '<script>alert(2)</script>'), context)
  expect((await app.inject('/dev/sink')).body).not.toContain('<script>')
  const shown = await app.inject(`/dev/sink/emails/${sink.list('emails')[0]!.id}/html`)
  expect(shown.headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/)
})

test('what is sent again is there twice', async () => {
  const { sink, app } = await served()
  await sink.emails.handOver(mail('once'), context)
  const { id } = sink.list('emails')[0]!
  const form = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' }
  const again = await app.inject({ method: 'POST', url: `/dev/sink/emails/${id}/again`, headers: form, payload: '' })
  expect([again.statusCode, again.headers.location]).toEqual([303, '/dev/sink'])
  expect(sink.list('emails').map(({ title }) => title)).toEqual(['once', 'once'])
  expect((await app.inject({ method: 'POST', url: '/dev/sink/emails/nothing/again' })).statusCode).toBe(404)
  expect((await app.inject('/dev/sink/letters/1')).statusCode).toBe(400)
})

test('a webhook can be sent there', async () => {
  const { sink, app } = await served()
  const headers = { 'webhook-id': 'msg_1', 'content-type': 'application/json' }
  const payload = JSON.stringify({ type: 'message.created', data: {} })
  const answer = await app.inject({ method: 'POST', url: '/dev/sink/webhooks', headers, payload })
  expect(answer.statusCode).toBe(204)
  expect(sink.list('webhooks')).toMatchObject([
    { title: 'message.created', content: { headers: { 'webhook-id': 'msg_1' }, body: payload } },
  ])
  await app.inject({
    method: 'POST',
    url: '/dev/sink/webhooks',
    payload: 'no json',
    headers: { 'content-type': 'text/plain' },
  })
  expect(sink.list('webhooks')[0]).toMatchObject({ title: 'webhook' })
})
