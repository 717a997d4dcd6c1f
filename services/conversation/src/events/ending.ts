import type { Logger } from '@parley/runtime'
import type { UseCases } from '../domain/use-cases.ts'

const INTERVAL_MS = 1_000

/** Marks, once a second, the conversations whose time of grace is over. Every replica does; each finds what is left. */
export function createEnding({ endConversations, log }: Pick<UseCases, 'endConversations'> & { log: Logger }) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let isFailing = false
  const tick = async () => {
    try {
      const ended = await endConversations()
      if (ended > 0) log.info({ ended }, 'conversations ended by themselves')
      isFailing = false
    } catch (err) {
      if (!isFailing) log.warn({ err }, 'ended conversations could not be marked; trying on')
      isFailing = true
    }
  }
  return {
    start() {
      timer = setInterval(() => {
        running = running.then(tick)
      }, INTERVAL_MS)
    },
    async close() {
      clearInterval(timer)
      await running
    },
  }
}
