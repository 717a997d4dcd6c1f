import type { Logger } from '@parley/runtime'
import type { Indexed } from '../domain/search/index-messages.ts'
import type { UseCases } from '../domain/use-cases.ts'

/** What is written within this time is taken together. */
const COALESCE_MS = 300
/** As many messages as one step takes: the embedded database does nothing else meanwhile. */
const AT_ONCE = 200
/** So many times as long as a step took, everything else has the machine, while people are writing. */
const REST_FACTOR = 4
const CONTENDED_MS = 1_000
const FAILED_MS = 5_000
/** Another replica that ended before its turn has left something. */
const LOOK_EVERY_MS = 30_000

/**
 * Keeps what is found by search in step with the log of events, a moment after a commit, and fills in what was there before. Every
 * replica may do any step: whoever comes second has done nothing. Behind what is written it stays while people are writing much, and
 * catches up afterwards.
 */
export function createSearchIndexer({
  indexEvents,
  fillSearch,
  log,
}: Pick<UseCases, 'indexEvents' | 'fillSearch'> & { log: Logger }) {
  let timer: NodeJS.Timeout | undefined
  let looking: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let hintedAt = 0
  let isFilled = false
  let isFailing = false
  let isClosed = false

  const schedule = (ms: number) => {
    if (isClosed || timer || running) return
    timer = setTimeout(() => {
      timer = undefined
      running = pass().then((nextMs) => {
        running = undefined
        if (nextMs !== undefined) schedule(nextMs)
      })
    }, ms)
  }

  /** Milliseconds until the next pass; undefined: when something is written. */
  const pass = async (): Promise<number | undefined> => {
    const started = performance.now()
    try {
      const events = await indexEvents(AT_ONCE)
      const done = events !== 'contended' && events.count === 0 ? await fill() : events
      if (isFailing) log.info('search is kept up again')
      isFailing = false
      if (done === 'contended') return CONTENDED_MS
      if (done.count === 0) return hintedAt > started ? COALESCE_MS : undefined
      // as long as nobody writes, it goes on
      const took = performance.now() - started
      return hintedAt > started - took * REST_FACTOR ? Math.max(COALESCE_MS, took * REST_FACTOR) : 0
    } catch (err) {
      if (!isFailing) log.warn({ err }, 'search is not kept up; trying on')
      isFailing = true
      return FAILED_MS
    }
  }

  const fill = async (): Promise<Indexed> => {
    if (isFilled) return { count: 0, messages: 0 }
    const done = await fillSearch(AT_ONCE)
    isFilled = done !== 'contended' && done.count === 0
    return done
  }

  return {
    /** Something was committed. */
    hint() {
      hintedAt = performance.now()
      schedule(COALESCE_MS)
    },
    start() {
      schedule(0)
      looking = setInterval(() => {
        isFilled = false // somebody may have said that all is to be filled in anew
        schedule(0)
      }, LOOK_EVERY_MS)
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      clearInterval(looking)
      await running
    },
  }
}
