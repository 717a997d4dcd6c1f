import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DevicePush } from '../../src/domain/ports/device-push.ts'
import type { TestReceiver } from '../../src/testing/receiver.ts'
import { describeHandOver, type TestedReceiver } from './hand-over-conformance.ts'

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

    test('a receiver is not asked again before it says', async () => {
      receiver.answer = { status: 429, headers: { 'retry-after': '7' } }
      expect(await handOver(push())).toMatchObject({ kind: 'later', afterMs: 7_000 })
      const date = new Date(Date.now() + 3_600_000).toUTCString()
      receiver.answer = { status: 503, headers: { 'retry-after': date } }
      const { afterMs = 0 } = (await handOver(push())) as { afterMs?: number }
      expect(Math.abs(afterMs - 3_600_000)).toBeLessThan(60_000)
    })

    const tested = (some: Receiver): TestedReceiver<DevicePush> =>
      Object.assign(some, {
        sample: () => push({}, some),
        failing: [500, 502, 503].map((status) => ({ status, body: 'oh no' })),
        refused: [{ status: 413, body: '{"reason":"PayloadTooLarge"}' }],
      })
    describeHandOver(
      () => tested(receiver),
      async (deadlineMs) => tested(await open(deadlineMs)),
    )

    more(() => receiver, push)
  })
}
