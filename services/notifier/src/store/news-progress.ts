import type { Database } from '@parley/database'
import type { NewsProgress } from '../domain/ports/news-progress.ts'

export function newsProgress(database: Database): NewsProgress {
  return {
    async hold(holder, forMs) {
      const [row] = await database.call<{ followed_to: string | null }>('SELECT * FROM hold_news($1, $2)', [
        holder,
        forMs,
      ])
      return row && { position: row.followed_to }
    },
    async advance(holder, position, forMs) {
      const rows = await database.call('SELECT * FROM advance_news($1, $2, $3)', [holder, position, forMs])
      return rows.length > 0
    },
    async release(holder) {
      await database.call('SELECT release_news($1)', [holder])
    },
  }
}
