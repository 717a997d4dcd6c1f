import { callByItem, type Database, type Item, type Positional, runBatch } from '@parley/database'
import type { Viewer } from '../../domain/ports/reads.ts'
import type { Standing } from '../../domain/ports/users.ts'
import { type StandingAnswer, standingFields } from '../user-answers.ts'

/** So many users are one question. */
const MAX_USERS = 500

/**
 * How users stand. What is asked in one turn of the loop is one question: when a gateway has gone, all whom it served come back at
 * once, and each of them is looked at before anything of theirs is answered. Null for whom nobody has mentioned.
 */
export function createStandingBatcher(database: Pick<Database, 'read'>): (viewer: Viewer) => Promise<Standing | null> {
  let asked: Item<Viewer, Standing | null>[] = []

  const ask = (part: Item<Viewer, Standing | null>[]) =>
    runBatch(part, async (open) => {
      const found = await database.read<(Positional<StandingAnswer> | null)[]>('standings', 'SELECT standings($1,$2)', [
        open.map(({ input }) => input.tenantId),
        open.map(({ input }) => input.userId),
      ])
      for (const [i, answer] of found.entries()) open[i]!.resolve(answer && standingFields.decode(answer))
    })

  const askAll = () => {
    const all = asked
    asked = []
    for (let i = 0; i < all.length; i += MAX_USERS) void ask(all.slice(i, i + MAX_USERS))
  }

  return (viewer) =>
    callByItem<Viewer, Standing | null>(viewer, (item) => {
      if (asked.push(item) === 1) setImmediate(askAll)
    })
}
