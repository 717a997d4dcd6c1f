import { ParleyError } from '@parley/contracts'
import { busy, isLockTimeout, isTransient, outOfReach, sqlStateOf } from './database-errors.ts'

/** From the call to its answer, whatever becomes of the database; a client is told `unavailable` by then. */
const ITEM_DEADLINE_MS = 1_500

/** One call on its way through batches. It is answered once, by its row or by its deadline. */
export interface Item<Input, Output> {
  input: Input
  settled: boolean
  /** Its conversation was found locked: what its caller is told at the deadline. */
  locked: boolean
  resolve(output: Output): void
  reject(err: unknown): void
}

type AnyItem = Item<never, never>

/**
 * Passes an item of its own to `enqueue`. At the deadline the caller is told that the outcome is unknown, even when the
 * item is in flight: nobody waits for a database that does not answer. An item that is settled is not sent any more.
 */
export function callByItem<Input, Output>(input: Input, enqueue: (item: Item<Input, Output>) => void): Promise<Output> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      item.settled = true
    }
    const item: Item<Input, Output> = {
      input,
      settled: false,
      locked: false,
      resolve(output) {
        settle()
        resolve(output)
      },
      reject(err) {
        settle()
        reject(err)
      },
    }
    const timer = setTimeout(() => item.reject(item.locked ? busy() : outOfReach()), ITEM_DEADLINE_MS)
    enqueue(item)
  })
}

/**
 * Sends items until they are settled or found locked: what stays unsettled waits for a lock. A transient fault is retried
 * until the items' deadlines; a fault in the data is searched by halving, so that one bad item costs the others milliseconds.
 */
export async function runBatch<I extends { settled: boolean; reject: AnyItem['reject'] }>(
  items: I[],
  send: (items: I[]) => Promise<void>,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const open = items.filter((item) => !item.settled)
    if (open.length === 0) return
    try {
      return await send(open)
    } catch (err) {
      if (isLockTimeout(err)) return
      if (isTransient(err)) {
        await new Promise((resolve) => setTimeout(resolve, Math.min(20 * 2 ** attempt, 250)))
      } else if (open.length === 1) {
        open[0]!.reject(asBadItem(err))
      } else {
        const half = open.length >> 1
        await runBatch(open.slice(0, half), send)
        return runBatch(open.slice(half), send)
      }
    }
  }
}

function asBadItem(err: unknown): unknown {
  // untranslatable or invalid characters: what passed our checks and still is no text to the database
  if (/^22(021|P05)$/.test(sqlStateOf(err) ?? ''))
    return new ParleyError('invalid_input', 'This holds characters that cannot be stored', { cause: err })
  return err
}
