import type { Bus } from '@parley/bus'
import { type Message, ParleyError, subjects } from '@parley/contracts'
import { afterEach, describe, expect, test } from 'vitest'
import { connect, rest, type TestSocket } from '../stack/test-client.ts'
import { startServerStack, type TestStack } from '../stack/test-stack.ts'

type Handle = (body: Uint8Array, subject: string) => void

/** What happens to live traffic on its way to a gateway. */
interface Weather {
  /** Called for each live envelope; passes it on as it likes. */
  live: (pass: () => void) => void
  replay: boolean
  pulse: boolean
}

function through(bus: Bus, weather: Weather): Bus {
  // The bus itself for everything that is not overruled here, getters included.
  const wrapped: Bus = Object.create(bus)
  wrapped.subscribe = (subject: string, handle: Handle) =>
    bus.subscribe(subject, (body, from) => {
      if (subject === subjects.pulse && !weather.pulse) return
      if (subject.startsWith('parley.live.')) weather.live(() => handle(body, from))
      else handle(body, from)
    })
  wrapped.requestParts = (subject, body, opts) =>
    subject.startsWith('parley.replay.') && !weather.replay
      ? Promise.reject(new ParleyError('unavailable', 'the publisher does not answer'))
      : bus.requestParts(subject, body, opts)
  return wrapped
}

const calm: Weather = { live: (pass) => pass(), replay: true, pulse: true }
const seqs = (messages: Message[]) => messages.map((message) => message.seq)
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

describe('a gateway that misses live envelopes', () => {
  let stack: TestStack | undefined
  const open: TestSocket[] = []

  /** Gateway 0 stands in the weather, gateway 1 in the dry. */
  const start = async (weather: Weather) => {
    stack = await startServerStack({ gatewayBus: (bus, index) => (index === 0 ? through(bus, weather) : bus) })
    return stack
  }
  const socket = async (userId: string, gateway: number) => {
    const one = await connect(stack!, userId, { gateway })
    open.push(one)
    return one
  }
  afterEach(async () => {
    for (const one of open.splice(0)) one.close()
    await stack?.[Symbol.asyncDispose]()
    stack = undefined
  })

  /** Two people write and correct themselves over both replicas; the listener only appends. */
  const conversationOf = async (messages: number) => {
    const ana = rest(stack!, 'ana')
    const ben = rest(stack!, 'ben')
    const { id } = await ana.direct('ben')
    const listener = await socket('ben', 0)
    for (let i = 1; i <= messages; i++) {
      const writer = i % 2 ? ana : ben
      const sent = await writer.call<Message>('POST', `/conversations/${id}/messages`, { content: `m${i}` })
      if (i % 5 === 0) await writer.call('PATCH', `/messages/${sent.body.id}`, { content: `m${i}, edited` })
    }
    return { id, listener }
  }

  /** What an app that appends messages and applies updates to what it has would show. */
  const shown = ({ heard }: TestSocket) => {
    const screen: { seq: number; content: string }[] = []
    for (const { event, data } of heard) {
      const message = data as unknown as Message
      if (event === 'new_message') screen.push({ seq: message.seq, content: message.content })
      if (event === 'message_updated') {
        const line = screen.find(({ seq }) => seq === message.seq)
        if (!line) screen.push({ seq: message.seq, content: 'an update before its message' })
        else line.content = message.content
      }
    }
    return screen
  }
  const expected = (messages: number) =>
    upTo(messages).map((seq) => ({ seq, content: seq % 5 === 0 ? `m${seq}, edited` : `m${seq}` }))

  test('has them repeated: a client that only appends shows all, once, in order, edits after their message', async () => {
    let count = 0
    await start({ ...calm, live: (pass) => ++count % 3 && pass() })
    const { listener } = await conversationOf(40)
    await expect.poll(() => shown(listener), { timeout: 15_000 }).toEqual(expected(40))
    expect(count).toBeGreaterThan(20)
  })

  test('and a publisher that repeats nothing: fills the gaps, the last one too, from the database', async () => {
    let count = 0
    await start({ ...calm, live: (pass) => ++count % 3 === 1 && pass(), replay: false })
    const { listener } = await conversationOf(30)
    await expect.poll(() => shown(listener), { timeout: 15_000 }).toEqual(expected(30))
  })

  test('and hears nothing of a publisher at all: takes the silence for a crash and compares heads', async () => {
    const weather = { ...calm }
    await start(weather)
    const { id, listener } = await conversationOf(5)
    await expect.poll(() => shown(listener)).toEqual(expected(5))
    weather.live = () => {}
    weather.pulse = false
    weather.replay = false
    await rest(stack!, 'ana').call('POST', `/conversations/${id}/messages`, { content: 'into the silence' })
    await expect.poll(() => seqs(listener.messages(id)), { timeout: 20_000 }).toEqual(upTo(6))
  })

  test('twice, late and out of order: tells each once, in order', async () => {
    let count = 0
    await start({
      ...calm,
      live(pass) {
        setTimeout(pass, (++count * 7) % 30)
        if (count % 4 === 0) setTimeout(pass, 60)
      },
    })
    const { listener } = await conversationOf(40)
    await expect.poll(() => shown(listener), { timeout: 15_000 }).toEqual(expected(40))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(shown(listener)).toEqual(expected(40))
  })

  test('heals only to those who may still see: somebody removed meanwhile hears nothing of the gap', async () => {
    const weather = { ...calm }
    await start(weather)
    const ana = rest(stack!, 'ana')
    const { id } = await ana.group(['ben', 'joe'])
    const [removed, stays] = [await socket('ben', 0), await socket('joe', 0)]
    const say = (content: string) => ana.call('POST', `/conversations/${id}/messages`, { content })
    await say('heard by all')
    await expect.poll(() => [removed, stays].map((one) => one.messages(id).length)).toEqual([1, 1])
    weather.live = () => {}
    weather.replay = false
    await say('lost on the way')
    await ana.call('DELETE', `/conversations/${id}/participants/ben`)
    await say('after the removal')
    weather.live = calm.live
    await say('dry again')
    await expect
      .poll(() => stays.messages(id).map((message) => message.content), { timeout: 15_000 })
      .toEqual(['heard by all', 'lost on the way', 'ana removed ben', 'after the removal', 'dry again'])
    expect(removed.messages(id).map((message) => message.content)).toEqual(['heard by all'])
    await expect.poll(() => removed.of('participant_left')).toEqual([{ conversationId: id, userId: 'ben' }])
  })

  test('of a large group: learns its people once and tells each of them in order', async () => {
    let count = 0
    await start({ ...calm, live: (pass) => ++count % 4 && pass() })
    const others = upTo(30).map((n) => `person-${n}`)
    const ana = rest(stack!, 'ana')
    const { id } = await ana.group(others)
    const sockets = await Promise.all(others.slice(0, 6).map((userId, i) => socket(userId, i % 2)))
    for (const n of upTo(20)) await ana.call('POST', `/conversations/${id}/messages`, { content: `m${n}` })
    await expect
      .poll(() => sockets.map((one) => seqs(one.messages(id))), { timeout: 15_000 })
      .toEqual(sockets.map(() => upTo(20)))
  })
})
