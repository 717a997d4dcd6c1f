import { EVENT_STREAM, type Message, subjects } from '@parley/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, rest } from '../stack/test-client.ts'
import { startServerStack, type TestStack } from '../stack/test-stack.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await startServerStack({ conversations: 1, gateways: 1 })
})
afterAll(() => stack?.[Symbol.asyncDispose]())

/** Everything that the event stream holds for who consumes it for the first time. */
async function eventsIn(name: string, last: string): Promise<string[]> {
  const events: string[] = []
  const stop = await stack.bus.consume({ stream: EVENT_STREAM, name, filter: subjects.allEvents }, async ({ body }) => {
    events.push(Buffer.from(body).toString())
  })
  await expect.poll(() => events.filter((event) => event.includes(last)).length, { timeout: 20_000 }).toBeGreaterThan(0)
  await stop()
  return events
}

test('after a deletion for everyone its words are in no event, also when the events are told again', async () => {
  const ana = rest(stack, 'ana')
  const { id } = await ana.direct('ben')
  const say = async (content: string, more: object = {}) =>
    (await ana.call<Message>('POST', `/conversations/${id}/messages`, { content, ...more })).body
  const other = await say('stays as it is')
  const message = await say('Zinnober')
  await ana.call('PATCH', `/messages/${message.id}`, { content: 'Karmesin' })
  const reply = await say('an answer', { replyTo: message.id })
  const before = await eventsIn('before', reply.id)
  expect(before.join()).toContain('Zinnober')
  expect(before.filter((event) => event.includes('Karmesin'))).toHaveLength(2)

  const reader = await connect(stack, 'ben')
  expect((await ana.call('DELETE', `/messages/${message.id}`)).status).toBe(200)
  // it waits until what was on its way has arrived
  await expect.poll(() => stack.asOwner('SELECT FROM erasures'), { timeout: 60_000, interval: 200 }).toEqual([])
  const last = await say('afterwards')
  const left = await eventsIn('after', last.id)
  expect(left.filter((event) => /Zinnober|Karmesin/.test(event))).toEqual([])
  // what others said is there, and that the message was deleted
  for (const { id: kept } of [other, reply])
    expect(left.filter((event) => event.includes(`"id":"${kept}"`))).toHaveLength(1)
  expect(left.filter((event) => event.includes('"message.deleted"'))).toHaveLength(1)

  await stack.asOwner(`SELECT replay_events(now() - interval '1 hour')`)
  await expect.poll(() => stack.asOwner('SELECT FROM outbox'), { timeout: 30_000, interval: 200 }).toEqual([])
  const again = await eventsIn('again', last.id)
  expect(again.filter((event) => /Zinnober|Karmesin/.test(event))).toEqual([])
  expect(JSON.stringify(reader.heard)).not.toMatch(/Zinnober|Karmesin/)
  reader.close()
}, 90_000)
