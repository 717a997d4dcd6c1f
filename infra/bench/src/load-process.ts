import { once } from 'node:events'
import { runIdle } from './load/idle.ts'
import type { FromLoad, LoadJob, LoadResult, Pass } from './load/jobs.ts'
import { runMessages } from './load/messages.ts'
import { runPages } from './load/pages.ts'
import { runReturn } from './load/return.ts'

/** The program that makes the load: one job, given by the parent, and it ends. */
function run(job: LoadJob, pass: Pass): Promise<LoadResult> {
  switch (job.kind) {
    case 'messages':
      return runMessages(job, pass)
    case 'idle':
      return runIdle(job, pass)
    case 'pages':
      return runPages(job, pass)
    case 'return':
      return runReturn(job, pass)
  }
}

const tell = (message: FromLoad) => void process.send?.(message)

// The parent is gone, and with it whoever would read the result.
process.on('disconnect', () => process.exit(1))
const [job] = (await once(process, 'message')) as [LoadJob]
try {
  const result = await run(job, async (name) => {
    tell({ type: 'checkpoint', name })
    await once(process, 'message')
  })
  tell({ type: 'result', result })
} catch (error) {
  tell({ type: 'error', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
}
