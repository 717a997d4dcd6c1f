import { type CommandContext, misused, onDatabase } from '@parley/database'
import { redrive } from './domain/dead-letters/dead-letters.ts'
import { notifierOwner } from './store/owner.ts'
import { createStore } from './store/store.ts'

const FLAGS = ['--tenant', '--channel'] as const

/**
 * `npm run redrive -- [--tenant <id>] [--channel <name>]`: has what no receiver took handed over again, of every tenant or of one. Returns the
 * exit code.
 */
export async function redriveCommand(args: string[], context: CommandContext): Promise<number> {
  const said = new Map<string, string>()
  for (let i = 0; i < args.length; i += 2) said.set(args[i]!, args[i + 1] ?? '')
  const isRight = [...said].every(([flag, value]) => FLAGS.includes(flag as (typeof FLAGS)[number]) && value !== '')
  if (!isRight) return misused(context, 'npm run redrive -- --tenant default --channel web_push')
  const [tenant, channel] = FLAGS.map((flag) => said.get(flag))
  return onDatabase(context, async (open) => {
    await using database = open(notifierOwner)
    const store = createStore({ database })
    const tenants = tenant === undefined ? await store.tenantsWithDeadLetters() : [tenant]
    let count = 0
    for (const id of tenants)
      for (let hasMore = true; hasMore; ) {
        const done = await redrive(store, id, channel === undefined ? {} : { channel })
        count += done.redriven
        hasMore = done.hasMore
      }
    return `${count} notifications are handed over again; running notification workers do it within seconds`
  })
}
