import type { Database, Positional } from '@parley/database'
import type { Viewer } from '../../domain/ports/reads.ts'
import type { Standing } from '../../domain/ports/users.ts'
import { type StandingAnswer, standingFields } from '../answers.ts'

/** So many users are one question. */
const MAX_USERS = 500

interface Asked {
  viewer: Viewer
  resolve: (standing: Standing | null) => void
  reject: (err: unknown) => void
}

/**
 * How users stand. What is asked in one turn of the loop is one question: when a gateway has gone, all whom it served come back at
 * once, and each of them is looked at before anything of theirs is answered. Null for whom nobody has mentioned.
 */
export function createStandingBatcher(database: Pick<Database, 'read'>): (viewer: Viewer) => Promise<Standing | null> {
  let asked: Asked[] = []

  const ask = async (part: readonly Asked[]) => {
    try {
      const found = await database.read<(Positional<StandingAnswer> | null)[]>('standings', 'SELECT standings($1,$2)', [
        part.map(({ viewer }) => viewer.tenantId),
        part.map(({ viewer }) => viewer.userId),
      ])
      for (const [i, answer] of found.entries()) part[i]!.resolve(answer && standingFields.decode(answer))
    } catch (err) {
      for (const { reject } of part) reject(err)
    }
  }

  const askAll = () => {
    const all = asked
    asked = []
    for (let i = 0; i < all.length; i += MAX_USERS) void ask(all.slice(i, i + MAX_USERS))
  }

  return (viewer) =>
    new Promise((resolve, reject) => {
      if (asked.push({ viewer, resolve, reject }) === 1) setImmediate(askAll)
    })
}
