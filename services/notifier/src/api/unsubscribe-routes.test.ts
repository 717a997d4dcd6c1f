import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { unsubscribeRoutes } from './unsubscribe-routes.ts'

async function served() {
  const turnedOff: string[] = []
  const isOurs = (token: string) => token === 'ours'
  const app = Fastify()
  await app.register(
    async (open) =>
      unsubscribeRoutes(open, {
        links: { readUnsubscribe: (token) => (isOurs(token) ? { tenantId: 'acme', userId: 'ana' } : undefined) },
        async unsubscribe(token) {
          if (isOurs(token)) turnedOff.push(token)
          return isOurs(token)
        },
      }),
    { prefix: '/v1' },
  )
  return { app, turnedOff }
}
const url = '/v1/notifications/unsubscribe/ours'

test('a link turns e-mails off when it is posted to, as mail programs do it, and not when it is looked at', async () => {
  const { app, turnedOff } = await served()
  const page = await app.inject({ url, headers: { 'accept-language': 'de-DE,de;q=0.9' } })
  expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.body).toMatch(/<form method="post">.*Keine E-Mails mehr/)
  expect(turnedOff).toEqual([])
  // RFC 8058 has it come in either form
  const bodies = [
    ['application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--',
    ],
  ] as const
  for (const [type, payload] of bodies) {
    const answer = await app.inject({ method: 'POST', url, headers: { 'content-type': type }, payload })
    expect([answer.statusCode, answer.body.includes('no more e-mails')]).toEqual([200, true])
  }
  expect(turnedOff).toHaveLength(2)
})

test('a link that is not ours turns nothing off', async () => {
  const { app, turnedOff } = await served()
  for (const method of ['GET', 'POST'] as const) {
    const answer = await app.inject({ method, url: '/v1/notifications/unsubscribe/theirs' })
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([404, 'no-store'])
  }
  expect(turnedOff).toEqual([])
})
