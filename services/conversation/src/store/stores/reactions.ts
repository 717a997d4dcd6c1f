import type { Tx } from '@parley/database'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { Reactions } from '../../domain/ports/reactions.ts'
import { reactions, users } from '../tables/tables.ts'
import { isoTime } from './iso-time.ts'

export function reactionStore(tx: Tx): Reactions {
  return {
    async list(messageId, { emoji, after, limit }) {
      const at = sql<number>`(extract(epoch from ${reactions.createdAt}) * 1000000)::bigint`.mapWith(Number)
      const rows = await tx
        .select({ at, emoji: reactions.emoji, userId: reactions.userId, name: users.name, avatarUrl: users.avatarUrl })
        .from(reactions)
        .leftJoin(users, and(eq(users.tenantId, reactions.tenantId), eq(users.id, reactions.userId)))
        .where(
          and(
            eq(reactions.messageId, messageId),
            emoji === undefined ? undefined : eq(reactions.emoji, emoji),
            after &&
              sql`(${at}, ${reactions.userId}, ${reactions.emoji}) > (${after.at}::bigint, ${after.userId}, ${after.emoji})`,
          ),
        )
        .orderBy(at, asc(reactions.userId), asc(reactions.emoji))
        .limit(limit)
      return rows.map(({ at, emoji, ...user }) => ({
        emoji,
        user,
        at: isoTime(Math.floor(at / 1_000)),
        place: { at, userId: user.userId, emoji },
      }))
    },
  }
}
