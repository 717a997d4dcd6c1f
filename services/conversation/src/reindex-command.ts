import { setTimeout as delay } from 'node:timers/promises'
import { type CommandContext, misused, onDatabase } from '@parley/database'
import { createUseCases } from './domain/use-cases.ts'
import { newId } from './new-id.ts'
import { conversationOwner } from './store/owner.ts'
import { createStore } from './store/store.ts'

const AT_ONCE = 500
const TELL_EVERY_MS = 2_000
/** A service has just done a step. */
const CONTENDED_MS = 20

/**
 * `npm run reindex`: makes what messages are found by anew, of all tenants, while services serve: what is there is found until it is
 * replaced. How far it has come stands in the database, so running services go on where it was stopped; `--resume` goes on as well.
 * Returns the exit code.
 */
export async function reindexCommand(args: string[], context: CommandContext): Promise<number> {
  const isResumed = args[0] === '--resume'
  if (args.length > (isResumed ? 1 : 0)) return misused(context, 'npm run reindex [-- --resume]')
  return onDatabase(context, async (open) => {
    await using database = open(conversationOwner)
    await using store = createStore({ database, onCommitted: () => {}, onError: () => {} })
    const { fillSearch } = createUseCases({ store, newId })
    if (!isResumed) await store.search.startAgain()
    let told = performance.now()
    for (;;) {
      const done = await fillSearch(AT_ONCE)
      const { filling, filled, messages } = await store.search.state()
      if (!filling) return `${filled} messages are found by what they say`
      if (performance.now() - told > TELL_EVERY_MS) {
        context.stdout(`${filled} of ${Math.max(filled, messages)} messages, about\n`)
        told = performance.now()
      }
      if (done === 'contended') await delay(CONTENDED_MS)
    }
  })
}
