import type { Logger } from '@parley/runtime'

const INTERVAL_MS = 3_600_000

/**
 * Does, as the service starts and once an hour, what is done some at a time beside everything else: lets go of what is kept for a time
 * only, and fills in what a migration has made room for. Each of `cleanings`, by what it is about, answers how many there were. Every replica does it;
 * each finds what is left.
 */
export function createCleaning(cleanings: Record<string, () => Promise<number>>, log: Logger) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  const pass = async () => {
    for (const [what, clean] of Object.entries(cleanings))
      await clean().then(
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
      clearInterval(timer)
      await running
    },
  }
}
