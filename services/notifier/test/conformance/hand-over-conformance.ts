import { expect, test } from 'vitest'
import type { Channel } from '../../src/domain/ports/channel.ts'
import { type Answer, HUGE_BYTES } from '../../src/testing/receiver.ts'

const DEADLINE_MS = 800

type Saying = Exclude<Answer, string>

/** What takes what a channel hands over, and answers as a test says. */
export interface TestedReceiver<Sent> extends AsyncDisposable {
  channel: Channel<Sent>
  /** Something to hand over. */
  sample(): Sent
  answer: Answer
  received: unknown[]
  /** Bytes of an answer that it got rid of. */
  written: number
  /** Answers after which it is tried again, that say that nobody is there, and that it will never be taken. */
  failing: readonly Saying[]
  gone: readonly Saying[]
  refused: readonly Saying[]
  /** Takes no more connections. */
  stop(): Promise<void>
}

/** What every way to reach somebody promises, whatever its receiver does. */
export function describeHandOver<Sent>(
  current: () => TestedReceiver<Sent>,
  open: (deadlineMs: number) => Promise<TestedReceiver<Sent>>,
): void {
  const handOver = (signal = new AbortController().signal, receiver = current()) =>
    receiver.channel.handOver(receiver.sample(), { signal })
  const saidBy = ({ status }: Saying) => expect.stringContaining(`${status}`)

  test('a receiver that does not answer is left after the deadline, and the next is none the worse', async () => {
    await using hasty = await open(DEADLINE_MS)
    hasty.answer = 'hang'
    expect(await handOver(undefined, hasty)).toMatchObject({
      ...{ kind: 'later', reason: expect.stringContaining('no answer') },
    })
    hasty.answer = 'accept'
    expect(await handOver(undefined, hasty)).toMatchObject({ kind: 'accepted' })
  })

  test('whoever has to leave leaves at once', async () => {
    const receiver = current()
    receiver.answer = 'hang'
    const leave = new AbortController()
    const handing = handOver(leave.signal)
    await expect.poll(() => receiver.received.length).toBe(1)
    leave.abort()
    expect(await handing).toMatchObject({ kind: 'later' })
    expect(await handOver(leave.signal)).toMatchObject({ kind: 'later' })
    receiver.answer = 'accept'
    expect(await handOver()).toMatchObject({ kind: 'accepted' })
  })

  test('errors of the receiver are tried again', async () => {
    const receiver = current()
    for (const answer of receiver.failing) {
      receiver.answer = answer
      expect(await handOver()).toMatchObject({ kind: 'later', reason: saidBy(answer) })
    }
  })

  test('a connection that is cut is tried again, and the next has a new one', async () => {
    const receiver = current()
    receiver.answer = 'close'
    expect(await handOver()).toMatchObject({ kind: 'later' })
    receiver.answer = 'accept'
    expect(await handOver()).toMatchObject({ kind: 'accepted' })
  })

  test('of an answer of ten megabytes the beginning is read', async () => {
    const receiver = current()
    receiver.answer = 'huge'
    expect(['accepted', 'later']).toContain((await handOver()).kind)
    expect(receiver.written).toBeGreaterThan(0)
    expect(receiver.written).toBeLessThan(HUGE_BYTES / 2)
    receiver.answer = 'accept'
    expect(await handOver()).toMatchObject({ kind: 'accepted' })
  })

  test('who is not there any more is gone', async () => {
    const receiver = current()
    for (const answer of receiver.gone) {
      receiver.answer = answer
      expect(await handOver()).toMatchObject({ kind: 'gone', reason: saidBy(answer) })
    }
  })

  test('what it will never take is refused', async () => {
    const receiver = current()
    for (const answer of receiver.refused) {
      receiver.answer = answer
      expect(await handOver()).toMatchObject({ kind: 'refused', reason: saidBy(answer) })
    }
  })

  test('where nobody is there it is tried again', async () => {
    await using away = await open(DEADLINE_MS)
    await away.stop()
    expect(await handOver(undefined, away)).toMatchObject({ kind: 'later' })
  })
}
