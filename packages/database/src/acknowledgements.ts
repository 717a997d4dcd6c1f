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
  let idle: NodeJS.Timeout | undefined
  let isDisposed = false
  const take = () => acknowledged.splice(0)
  const giveBack = (eventIds: number[]) => {
    acknowledged.push(...eventIds)
    if (!isDisposed) idle ??= setTimeout(() => void flush(), IDLE_MS).unref()
  }
  const flush = async () => {
    idle = undefined
    const eventIds = take()
    if (eventIds.length === 0) return
    await outbox.acknowledge(eventIds).catch((err) => {
      // the entries stay: at worst the relay tells the events again, under the same ids
      giveBack(eventIds)
      onError(err)
    })
  }
  return {
    add: (eventId) => giveBack([eventId]),
    take,
    giveBack,
    async [Symbol.asyncDispose]() {
      isDisposed = true
      clearTimeout(idle)
      await flush()
    },
  }
}
