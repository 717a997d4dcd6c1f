import type { Logger } from '@parley/runtime'
import type { Storage } from '../domain/storage.ts'

const EVERY_MS = 60_000
/** The whole of the store is walked through then. */
const ORPHANS_EVERY_MS = 24 * 3_600_000
const AT_ONCE = 500

export interface CollectorOptions {
  storage: Pick<
    Storage,
    'collectAttachments' | 'collectPictures' | 'collectObjects' | 'collectOrphans' | 'collectDirectUploads'
  >
  forgetDeletedMessages: (limit: number) => Promise<number>
  /** Lets go of jobs that went aside long ago. */
  forgetJobs: (limit: number) => Promise<number>
  log: Logger
}

/** Takes once a minute what nobody needs, and once a day what the account does not know of. Every replica does it; each finds what is left. */
export function createCollector({ storage, forgetDeletedMessages, forgetJobs, log }: CollectorOptions) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  // not as the process starts: others may have just done it
  let nextOrphans = performance.now() + ORPHANS_EVERY_MS * (0.25 + Math.random() / 2)

  const steps: Record<string, () => Promise<number>> = {
    attachments: storage.collectAttachments,
    pictures: storage.collectPictures,
    objects: storage.collectObjects,
    'deleted messages': () => forgetDeletedMessages(AT_ONCE),
    'jobs put aside': () => forgetJobs(AT_ONCE),
    async orphans() {
      if (performance.now() < nextOrphans) return 0
      nextOrphans = performance.now() + ORPHANS_EVERY_MS
      return (await storage.collectOrphans()) + (await storage.collectDirectUploads())
    },
  }
  const pass = async () => {
    for (const [what, step] of Object.entries(steps))
      await step().then(
        (count) => count > 0 && log.info({ what, count }, 'collected'),
        (err) => log.warn({ err, what }, 'not collected; the next minute tries again'),
      )
  }
  const run = () => {
    running = running.then(pass)
  }
  return {
    start() {
      timer = setInterval(run, EVERY_MS)
    },
    async close() {
      clearInterval(timer)
      await running
    },
  }
}
