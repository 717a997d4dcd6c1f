import { randomUUID } from 'node:crypto'
import { defineTopic } from '@parley/contracts'
import { Type } from 'typebox'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bus, Delivery, DurableMessage } from '../src/bus.ts'
import { publishTopic, serveTopic, subscribeTopic } from '../src/topics.ts'

/** Two parties of one bus: connections of their own, or the same one where a process has only one. */
export interface Parties extends AsyncDisposable {
  near: Bus
  far: Bus
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (body: Uint8Array) => new TextDecoder().decode(body)
const soon = { timeoutMs: 5_000 }
const turn = () => new Promise((resolve) => setImmediate(resolve))
const unavailable = expect.objectContaining({ code: 'unavailable' })
const tooLarge = expect.objectContaining({
  code: 'payload_too_large',
  message: expect.stringMatching(/^The bus carries at most \d+ bytes in a message, not \d+$/),
})

/** What every bus has to do, whatever carries it. */
export function busConformance(name: string, open: () => Promise<Parties>): void {
  describe(`${name} bus`, () => {
    let parties: Parties
    let near: Bus
    let far: Bus
    let subject: string

    beforeEach(async () => {
      parties = await open()
      near = parties.near
      far = parties.far
      subject = `test.${randomUUID()}`
    })
    afterEach(() => parties[Symbol.asyncDispose]())

    describe('request and serve', () => {
      test('a request is answered', async () => {
        await far.serve(subject, 'q', (body, reply) => reply(bytes(`${text(body)} pong`)))
        expect(text(await near.request(subject, bytes('ping'), soon))).toBe('ping pong')
      })

      test('a request that nobody serves is unavailable at once', async () => {
        await expect(near.request(subject, bytes('x'), { timeoutMs: 600_000 })).rejects.toEqual(unavailable)
      })

      test('a request that nobody answers is unavailable when its time is over', async () => {
        await far.serve(subject, 'q', () => {})
        await expect(near.request(subject, bytes('x'), { timeoutMs: 50 })).rejects.toEqual(unavailable)
      })

      test('every request goes to exactly one server of a queue', async () => {
        const served: string[] = []
        const server = (body: Uint8Array, reply: (part: Uint8Array) => void) => {
          served.push(text(body))
          reply(body)
        }
        await far.serve(subject, 'q', server)
        await near.serve(subject, 'q', server)
        const sent = Array.from({ length: 50 }, (_, i) => String(i))
        await Promise.all(sent.map((body) => near.request(subject, bytes(body), soon)))
        expect(served.sort()).toEqual(sent.sort())
      })

      test('a reply may come in several parts', async () => {
        await far.serve(subject, 'q', async (_, reply) => {
          for (const part of ['one', 'two', 'three']) {
            reply(bytes(part))
            await turn()
          }
        })
        const parts: string[] = []
        const onPart = (part: Uint8Array) => parts.push(text(part)) === 3
        await near.requestParts(subject, bytes('x'), { ...soon, onPart })
        expect(parts).toEqual(['one', 'two', 'three'])
      })

      test('a reply that stays incomplete is unavailable when its time is over', async () => {
        await far.serve(subject, 'q', (_, reply) => reply(bytes('one')))
        const parts: string[] = []
        const onPart = (part: Uint8Array) => parts.push(text(part)) === 2
        await expect(near.requestParts(subject, bytes('x'), { timeoutMs: 100, onPart })).rejects.toEqual(unavailable)
        expect(parts).toEqual(['one'])
      })

      test('a server that has stopped answered what it had, and takes no more', async () => {
        let release = () => {}
        const held = new Promise<void>((resolve) => {
          release = resolve
        })
        let begun = () => {}
        const started = new Promise<void>((resolve) => {
          begun = resolve
        })
        const stop = await far.serve(subject, 'q', async (_, reply) => {
          begun()
          await held
          reply(bytes('late'))
        })
        const answer = near.request(subject, bytes('x'), soon)
        await started
        const stopped = stop()
        release()
        await stopped
        expect(text(await answer)).toBe('late')
        await expect(near.request(subject, bytes('x'), soon)).rejects.toEqual(unavailable)
      })

      test('no server runs inside the stack of its caller', async () => {
        const seen: string[] = []
        await near.serve(subject, 'q', (body, reply) => {
          seen.push(text(body))
          reply(body)
        })
        const answer = near.request(subject, bytes('x'), soon)
        expect(seen).toEqual([])
        await answer
        expect(seen).toEqual(['x'])
      })
    })

    describe('publish and subscribe', () => {
      test('whoever subscribed hears it, in order', async () => {
        const { heard, wait } = listener()
        await near.subscribe(subject, (body) => heard(text(body)))
        await far.subscribe(subject, (body) => heard(text(body)))
        for (const body of ['1', '2', '3']) near.publish(subject, bytes(body))
        expect((await wait(6)).sort()).toEqual(['1', '1', '2', '2', '3', '3'])
      })

      test('nobody hears what another has written into its copy', async () => {
        const { heard, wait } = listener()
        for (const bus of [near, far])
          await bus.subscribe(subject, (body) => {
            heard(text(body))
            body.fill(0)
          })
        const mine = bytes('mine')
        near.publish(subject, mine)
        expect(await wait(2)).toEqual(['mine', 'mine'])
        expect(text(mine)).toBe('mine')
      })

      test('a subscription is in force when it is said to be', async () => {
        const { heard, wait } = listener()
        const subjects = Array.from({ length: 100 }, (_, i) => `${subject}.${i}`)
        for (const one of subjects) {
          await far.subscribe(one, (_, on) => heard(on))
          near.publish(one, bytes(''))
        }
        expect(await wait(100)).toEqual(subjects)
      })

      test('wildcards stand for one token, or for the rest', async () => {
        const { heard, wait } = listener()
        await far.subscribe(`${subject}.*.b`, (_, on) => heard(`* ${on}`))
        await far.subscribe(`${subject}.>`, (_, on) => heard(`> ${on}`))
        for (const tail of ['a.b', 'a.c', 'a.b.c', 'b']) near.publish(`${subject}.${tail}`, bytes(''))
        near.publish(subject, bytes(''))
        near.publish(`${subject}.end`, bytes(''))
        const found = await wait(6)
        const expected = ['* a.b', '> a.b', '> a.c', '> a.b.c', '> b', '> end']
        expect(found.sort()).toEqual(expected.map((line) => line.replace(' ', ` ${subject}.`)).sort())
      })

      test('who has stopped listening hears no more', async () => {
        const { heard, all, wait } = listener()
        const stop = await far.subscribe(subject, () => heard('stopped'))
        await far.subscribe(subject, (body) => heard(text(body)))
        await stop()
        near.publish(subject, bytes('1'))
        await wait(1)
        expect(all()).toEqual(['1'])
      })
    })

    describe('topics', () => {
      const topicAt = (on: string) => defineTopic(on, Type.Object({ n: Type.Integer() }))
      const bad = [bytes('{'), bytes(''), bytes('{"n":"1"}'), new Uint8Array([0xff])]

      test('values are heard; what is not of the topic is a line in the log and no more', async () => {
        const { heard, wait } = listener()
        const topic = topicAt(subject)
        const log = { info() {}, error() {}, warn: ({ subject: on }: { subject?: string }) => heard(`bad ${on}`) }
        await subscribeTopic(far, topic, ({ n }) => heard(String(n)), log)
        for (const body of bad) near.publish(subject, body)
        publishTopic(near, topic, { n: 1 })
        expect(await wait(5)).toEqual([...bad.map(() => `bad ${subject}`), '1'])
      })

      test('a request is served; one that is not of the topic gets no answer', async () => {
        const topic = topicAt(subject)
        const lines: string[] = []
        const log = { info() {}, error() {}, warn: (_: object, line: string) => void lines.push(line) }
        await serveTopic(far, topic, 'q', ({ n }, reply) => reply(bytes(String(n + 1))), log)
        expect(text(await near.request(subject, topic.encode({ n: 1 }), soon))).toBe('2')
        await expect(near.request(subject, bad[0]!, { timeoutMs: 50 })).rejects.toEqual(unavailable)
        expect(lines).toEqual(['what was said is not of its topic'])
      })
    })

    describe('durable events', () => {
      let stream: string
      const message = (id: string): DurableMessage => ({
        subject: `${subject}.made`,
        id,
        headers: { 'Conversation-Id': `of ${id}` },
        body: bytes(`body of ${id}`),
      })
      /** As the relay does: again until it is certain. */
      const publishUntilStored = async (messages: DurableMessage[]) => {
        while (true) {
          try {
            return await near.publishDurable(messages)
          } catch {
            await turn()
          }
        }
      }

      beforeEach(async () => {
        stream = `TEST_${randomUUID()}`
        await near.ensureStream({ name: stream, subjects: [`${subject}.>`], maxAgeMs: 60_000, maxBytes: 10_000_000 })
      })

      test('every consumer gets what was published, whole', async () => {
        const got: Delivery[] = []
        const { heard, wait } = listener()
        for (const name of ['one', 'two'])
          await far.consume({ stream, name, filter: `${subject}.>` }, async (delivery) => {
            if (name === 'one') got.push(delivery)
            heard(`${name} ${delivery.id}`)
          })
        await near.publishDurable([message('a'), message('b')])
        expect((await wait(4)).sort()).toEqual(['one a', 'one b', 'two a', 'two b'])
        const [first] = got
        expect({ ...first, body: text(first!.body) }).toEqual({
          subject: `${subject}.made`,
          id: 'a',
          headers: { 'Conversation-Id': 'of a' },
          body: 'body of a',
          attempt: 1,
          // only a stream that is kept has places
          sequence: first!.sequence === null ? null : 1,
        })
      })

      test('a consumer gets only what its filter names', async () => {
        const { heard, wait, all } = listener()
        await far.consume({ stream, name: 'c', filter: `${subject}.wanted` }, async ({ id }) => heard(id))
        await near.publishDurable([message('other'), { ...message('wanted'), subject: `${subject}.wanted` }])
        await wait(1)
        expect(all()).toEqual(['wanted'])
      })

      test('processes with the same consumer share the work', async () => {
        const { heard, wait, all } = listener()
        for (const bus of [near, far])
          await bus.consume({ stream, name: 'c', filter: `${subject}.>` }, async ({ id }) => heard(id))
        const ids = Array.from({ length: 20 }, (_, i) => `id-${i}`)
        await near.publishDurable(ids.map(message))
        await wait(20)
        expect(all().sort()).toEqual(ids.sort())
      })

      test('a new consumer hears what is stored since its time; one that is known goes on where it was', async () => {
        const { heard, wait, all } = listener()
        const consume = (since: Date) =>
          far.consume({ stream, name: 'c', filter: `${subject}.>`, since }, async ({ id }) => heard(id))
        // none has consumed it, and a bus that keeps nothing has nothing of it
        await near.publishDurable([message('before')])
        await new Promise((resolve) => setTimeout(resolve, 20))
        const stop = await consume(new Date())
        await near.publishDurable([message('after')])
        await wait(1)
        await stop()
        await consume(new Date(Date.now() + 3_600_000))
        await near.publishDurable([message('later')])
        expect(await wait(2)).toEqual(['after', 'later'])
        expect(all()).toEqual(['after', 'later'])
      })

      test('a delivery that fails is tried again and says so', async () => {
        const { heard, wait, all } = listener()
        await far.consume({ stream, name: 'c', filter: `${subject}.>` }, async ({ id, attempt }) => {
          heard(`${id} ${attempt}`)
          if (id === 'bad' && attempt === 1) throw new Error('on purpose')
        })
        await publishUntilStored([message('good'), message('bad')])
        await wait(3)
        expect(all().sort()).toEqual(['bad 1', 'bad 2', 'good 1'])
      })

      test('what a consumer has still to handle is counted', async () => {
        let end = () => {}
        const isToEnd = new Promise<void>((resolve) => {
          end = resolve
        })
        await far.consume({ stream, name: 'c', filter: `${subject}.made` }, () => isToEnd)
        expect(await far.pending({ stream, name: 'c' })).toBe(0)
        const stored = near.publishDurable([
          message('a'),
          message('b'),
          { ...message('c'), subject: `${subject}.other` },
        ])
        await expect.poll(() => far.pending({ stream, name: 'c' })).toBe(2)
        end()
        await stored
        await expect.poll(() => far.pending({ stream, name: 'c' })).toBe(0)
      })

      test('a second publish with the same id is not delivered again', async () => {
        const { heard, wait, all } = listener()
        await far.consume({ stream, name: 'c', filter: `${subject}.>` }, async ({ id }) => heard(id))
        await near.publishDurable([message('once')])
        await near.publishDurable([message('once'), message('last')])
        await wait(2)
        expect(all()).toEqual(['once', 'last'])
      })

      test('what no stream takes is not taken for stored', async () => {
        const stray = { ...message('x'), subject: `stray.${randomUUID()}` }
        await expect(near.publishDurable([message('y'), stray])).rejects.toEqual(unavailable)
      })

      test('a consumer of a stream that is not there is refused', async () => {
        const absent = { stream: `ABSENT_${randomUUID()}`, name: 'c', filter: '>' }
        await expect(near.consume(absent, async () => {})).rejects.toEqual(unavailable)
      })

      test('a stream can be ensured again with other options', async () => {
        const options = { name: stream, subjects: [`${subject}.>`, `${subject}-more.>`] }
        await near.ensureStream({ ...options, maxAgeMs: 90_000, maxBytes: 20_000_000 })
        await near.publishDurable([{ ...message('x'), subject: `${subject}-more.x` }])
      })

      test('no message with a line break in a header, or a blank in its subject, gets out', async () => {
        const split = { ...message('x'), headers: { a: 'b\r\nc: d' } }
        await expect(near.publishDurable([split])).rejects.toThrow(TypeError)
        await expect(near.publishDurable([{ ...message('x'), subject: `${subject}.a b` }])).rejects.toThrow(TypeError)
      })

      test('an oversized event is refused', async () => {
        const large = { ...message('x'), body: new Uint8Array(near.maxPayload) }
        await expect(near.publishDurable([large])).rejects.toEqual(tooLarge)
      })
    })

    test('an oversized body is refused, the largest is carried', async () => {
      await far.serve(subject, 'q', (body, reply) => reply(bytes(String(body.length))))
      const largest = new Uint8Array(near.maxPayload)
      expect(text(await near.request(subject, largest, soon))).toBe(String(near.maxPayload))
      const larger = new Uint8Array(near.maxPayload + 1)
      await expect(near.request(subject, larger, soon)).rejects.toEqual(tooLarge)
      expect(() => near.publish(subject, larger)).toThrow(tooLarge)
    })

    test('a disposed bus takes nothing more', async () => {
      await near[Symbol.asyncDispose]()
      expect(near.connected).toBe(false)
      await expect(near.request(subject, bytes('x'), soon)).rejects.toEqual(unavailable)
      await expect(
        near.publishDurable([{ subject: `${subject}.x`, id: 'x', headers: {}, body: bytes('x') }]),
      ).rejects.toEqual(unavailable)
    })
  })
}

/** Collects what was heard, and waits until there is enough of it. */
export function listener() {
  const lines: string[] = []
  let wake = () => {}
  return {
    heard(line: string) {
      lines.push(line)
      wake()
    },
    all: () => [...lines],
    async wait(count: number): Promise<string[]> {
      while (lines.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      return [...lines]
    },
  }
}
