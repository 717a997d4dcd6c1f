import type { Logger } from './logger.ts'

const INTERVAL_MS = 3_600_000
const AT_ONCE = 1_000

/**
 * Does, as the service starts and once an hour, what is done some at a time beside everything else: lets go of what is kept for a time
 * only, and fills in what a migration has made room for. Each of `cleanings`, by what it is about, does so many at the most, or more, and
 * answers how many there were; it is asked again until there are fewer. Every replica does it; each finds what is left.
 */
export function createCleaning(cleanings: Record<string, (limit: number) => Promise<number>>, log: Logger) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let isClosed = false
  const all = async (clean: (limit: number) => Promise<number>) => {
    let count = 0
    for (let last = AT_ONCE; last >= AT_ONCE && !isClosed; count += last) last = await clean(AT_ONCE)
    return count
  }
  const pass = async () => {
    for (const [what, clean] of Object.entries(cleanings))
      await all(clean).then(
        (count) => count > 0 && log.info({ what, count }, 'cleaned'),
        (err) => log.warn({ err, what }, 'not cleaned; the next hour tries again'),
      )
  }
  const run = () => {
    running = running.then(pass)
  }
  return {
    start() {
      run()
      timer = setInterval(run, INTERVAL_MS)
    },
    async close() {
      isClosed = true
      clearInterval(timer)
      await running
    },
  }
}
