import type { Violation } from './model.ts'
import type { World } from './world.ts'

const EVERY_MS = 1_000
/** What restarts a process that does not answer, as the manifests have it, waits for longer. */
const ANSWER_WITHIN_MS = 5_000

/** Asks every process again and again whether it lives, which depends on nothing else. The returned function ends that. */
export function watchLiveness({ cluster }: World, violated: (violation: Violation) => void): () => Promise<void> {
  let isOver = false
  const watching = cluster.processes.map(async ({ name, url }) => {
    while (!isOver) {
      const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
        ({ status }) => String(status),
        (error: Error) => error.name,
      )
      if (answer !== '200')
        violated({ kind: 'STUCK', conversationId: '', detail: `${name} answers ${answer} at /healthz`, at: Date.now() })
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  })
  return async () => {
    isOver = true
    await Promise.all(watching)
  }
}
