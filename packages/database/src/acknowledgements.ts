import type { Outbox } from './outbox.ts'

/** Acknowledged entries leave with the next batch, or after this time when there is none. */
const IDLE_MS = 1_000

/** Which events the stream has, until their outbox entries are deleted. */
export interface Acknowledgements extends AsyncDisposable {
  add(eventId: number): void
  /** Whoever writes anyway takes them along, and gives them back when the write failed. */
  take(): number[]
  giveBack(eventIds: number[]): void
}

/** Collects acknowledgements for the next write, and deletes the entries by itself when there is none. */
export function collectAcknowledgements(
  outbox: Pick<Outbox<never>, 'acknowledge'>,
  onError: (err: unknown) => void,
): Acknowledgements {
  const acknowledged: number[] = []
  const take = () => acknowledged.splice(0)
  const giveBack = (eventIds: number[]) => void acknowledged.push(...eventIds)
  const flush = async () => {
    const eventIds = take()
    if (eventIds.length === 0) return
    await outbox.acknowledge(eventIds).catch((err) => {
      // the entries stay: at worst the relay tells the events again, under the same ids
      giveBack(eventIds)
      onError(err)
    })
  }
  const idle = setInterval(() => void flush(), IDLE_MS)
  idle.unref()
  return {
    add: (eventId) => void acknowledged.push(eventId),
    take,
    giveBack,
    async [Symbol.asyncDispose]() {
      clearInterval(idle)
      await flush()
    },
  }
}
