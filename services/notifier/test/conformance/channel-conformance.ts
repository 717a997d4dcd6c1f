import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DevicePush } from '../../src/domain/ports/device-push.ts'
import { HUGE_BYTES, type TestReceiver } from '../../src/testing/receiver.ts'

const DEADLINE_MS = 800
/** Where nothing is to be late. */
const PATIENT_MS = 20_000

/** What every way to push promises, over a receiver that reads what comes as a device does. */
export function describeChannel<Receiver extends TestReceiver>(
  name: string,
  open: (deadlineMs: number) => Promise<Receiver>,
  more: (current: () => Receiver, push: (more?: Partial<DevicePush>) => DevicePush) => void = () => {},
): void {
  describe(name, () => {
    let receiver: Receiver
    beforeAll(async () => {
      receiver = await open(PATIENT_MS)
    })
    afterAll(() => receiver?.[Symbol.asyncDispose]())
    beforeEach(() => {
      receiver.answer = 'accept'
      receiver.received.length = 0
      receiver.written = 0
    })
    const push = (more: Partial<DevicePush> = {}, { device } = receiver): DevicePush => ({
      ...{ id: randomUUID(), tenantId: 'default', userId: 'ana', collapseKey: randomUUID() },
      ...{ title: 'Ben · Trip to Rome', body: 'See you “there” 👋🏽', badge: 3, withdraws: false, ttlSeconds: 3_600 },
      url: 'https://app.example/c/1',
      data: { kind: 'message', conversationId: 'c1', seq: '7' },
      ...device,
      ...more,
    })
    const handOver = (sent: DevicePush, signal = new AbortController().signal) =>
      receiver.channel.handOver(sent, { signal })

    test('a push is shown with its words, how much is unread, where it leads, and in the place of the one before', async () => {
      const sent = push()
      expect(await handOver(sent)).toMatchObject({ kind: 'accepted', reference: expect.any(String) })
      const [{ ttlSeconds = 0, ...got } = {}] = receiver.received
      expect(got).toMatchObject({
        ...{ type: 'notify', id: sent.id, tag: sent.collapseKey, title: sent.title, body: sent.body, badge: 3 },
        ...{ url: sent.url, data: sent.data },
      })
      expect(Math.abs(ttlSeconds - 3_600)).toBeLessThanOrEqual(30)
    })

    test('what was read is taken away: nothing is shown, and the count is what is still unread', async () => {
      const sent = push({ withdraws: true, badge: 0, title: '', body: '' })
      expect(await handOver(sent)).toMatchObject({ kind: 'accepted' })
      expect(receiver.received).toMatchObject([{ type: 'withdraw', tag: sent.collapseKey, badge: 0 }])
      expect(receiver.received[0]!.title).toBeUndefined()
      await handOver(push({ withdraws: true, badge: null }))
      expect(receiver.received[1]!.badge).toBeUndefined()
    })

    test('without previews there are no words, and it is shown all the same', async () => {
      await handOver(push({ title: 'New message', body: '', url: null }))
      expect(receiver.received).toMatchObject([{ type: 'notify', title: 'New message', body: '' }])
      expect(receiver.received[0]!.url).toBeUndefined()
    })

    test('words that are too many are cut between two characters, and what is sent is as long as it may be', async () => {
      for (const character of ['👨‍👩‍👧', '"', 'ü', '\u0001']) {
        receiver.received.length = 0
        expect(await handOver(push({ body: character.repeat(9_000) }))).toMatchObject({ kind: 'accepted' })
        const [got] = receiver.received
        expect(got!.bytes).toBeLessThanOrEqual(receiver.limit)
        expect(got!.bytes).toBeGreaterThan(receiver.limit * 0.8)
        expect(got!.body!.replaceAll(character, '')).toBe('…')
      }
    })

    test('a receiver that does not answer is left after the deadline, and the next push is none the worse', async () => {
      await using hasty = await open(DEADLINE_MS)
      const handOverThere = () => hasty.channel.handOver(push({}, hasty), { signal: new AbortController().signal })
      hasty.answer = 'hang'
      expect(await handOverThere()).toEqual({ kind: 'later', reason: `no answer within ${DEADLINE_MS / 1_000} s` })
      hasty.answer = 'accept'
      expect(await handOverThere()).toMatchObject({ kind: 'accepted' })
    })

    test('whoever has to leave leaves at once', async () => {
      receiver.answer = 'hang'
      const leave = new AbortController()
      const handing = handOver(push(), leave.signal)
      await expect.poll(() => receiver.received.length).toBe(1)
      leave.abort()
      expect(await handing).toMatchObject({ kind: 'later' })
      expect(await handOver(push(), leave.signal)).toMatchObject({ kind: 'later' })
      receiver.answer = 'accept'
      expect(await handOver(push())).toMatchObject({ kind: 'accepted' })
    })

    test('errors of the receiver are tried again, and not before it says', async () => {
      for (const status of [500, 502, 503]) {
        receiver.answer = { status, body: 'oh no' }
        expect(await handOver(push())).toMatchObject({ kind: 'later', reason: expect.stringContaining(`${status}`) })
      }
      receiver.answer = { status: 429, headers: { 'retry-after': '7' } }
      expect(await handOver(push())).toMatchObject({ kind: 'later', afterMs: 7_000 })
      const date = new Date(Date.now() + 3_600_000).toUTCString()
      receiver.answer = { status: 503, headers: { 'retry-after': date } }
      const { afterMs = 0 } = (await handOver(push())) as { afterMs?: number }
      expect(Math.abs(afterMs - 3_600_000)).toBeLessThan(60_000)
    })

    test('a connection that is cut is tried again, and the next push has a new one', async () => {
      receiver.answer = 'close'
      expect(await handOver(push())).toMatchObject({ kind: 'later' })
      receiver.answer = 'accept'
      expect(await handOver(push())).toMatchObject({ kind: 'accepted' })
    })

    test('of an answer of ten megabytes the beginning is read', async () => {
      receiver.answer = 'huge'
      expect(await handOver(push())).toMatchObject({ kind: 'accepted' })
      expect(receiver.written).toBeGreaterThan(0)
      expect(receiver.written).toBeLessThan(HUGE_BYTES / 2)
      receiver.answer = 'accept'
      expect(await handOver(push())).toMatchObject({ kind: 'accepted' })
    })

    test('a device that is not there any more is gone', async () => {
      for (const answer of receiver.gone) {
        receiver.answer = answer
        expect(await handOver(push())).toMatchObject({
          kind: 'gone',
          reason: expect.stringContaining(`${answer.status}`),
        })
      }
    })

    test('what it will never take is refused', async () => {
      receiver.answer = { status: 413, body: '{"reason":"PayloadTooLarge"}' }
      expect(await handOver(push())).toMatchObject({ kind: 'refused', reason: expect.stringContaining('413') })
    })

    more(() => receiver, push)

    test('where nobody is there it is tried again', async () => {
      await receiver.stop()
      expect(await handOver(push())).toMatchObject({ kind: 'later' })
    })
  })
}
