import type { User, UserProfile } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, eq, getTableColumns, gt, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import type { Standing, Users } from '../../domain/ports/users.ts'
import { participants, tenants, users } from '../tables/tables.ts'
import { arrayOf, rowsOf } from './arrays.ts'

type UserRow = typeof users.$inferSelect

/** The one place where a row becomes a user as hosts see them. */
function toUser(row: UserRow): User {
  return {
    userId: row.id,
    name: row.name,
    avatarUrl: row.avatarUrl,
    role: row.hostRole,
    locale: row.locale,
    email: row.email,
    disabledAt: row.disabledAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

export function userStore(tx: Tx, tenantId: string): Users {
  const one = (id: string) => and(eq(users.tenantId, tenantId), eq(users.id, id))
  const ensureTenant = () => tx.insert(tenants).values({ id: tenantId }).onConflictDoNothing()
  /** What those who are known are called, locked: of two who say something at once, the second one sees what the first one said. */
  const shownBefore = async (ids: string[]) => {
    const rows = await tx
      .select({ id: users.id, name: users.name, avatarUrl: users.avatarUrl })
      .from(users)
      .where(and(eq(users.tenantId, tenantId), inArray(users.id, ids)))
      .orderBy(sql`${users.id} collate "C"`)
      .for('no key update')
    return new Map(rows.map((row) => [row.id, row]))
  }
  return {
    async ensure(ids, names) {
      await ensureTenant()
      if (ids.length === 0) return []
      // in one order, so that two who mention the same people do not wait for each other crosswise
      const sorted = [...ids].sort()
      const rows = rowsOf('given', {
        id: arrayOf('text', sorted),
        name: arrayOf(
          'text',
          sorted.map((id) => names?.get(id) ?? null),
        ),
      })
      const { rows: written } = (await tx.execute(sql`
        insert into users as u (tenant_id, id, name) select ${tenantId}, given.id, given.name from ${rows}
        on conflict on constraint users_pk ${
          names === undefined || names.size === 0
            ? sql`do nothing`
            : sql`do update set name = excluded.name where u.name is null and excluded.name is not null`
        } returning u.id, u.xmax = 0 as created`)) as unknown as { rows: { id: string; created: boolean }[] }
      return written.flatMap(({ id, created }) => (created ? [] : [id]))
    },
    async upsert(given) {
      await ensureTenant()
      const before = await shownBefore(given.map(({ userId }) => userId))
      const rows = [...given]
        // in one order, so that two who name the same people do not wait for each other crosswise
        .sort((a, b) => (a.userId < b.userId ? -1 : 1))
        .map(({ userId, role, ...said }) => ({
          tenantId,
          id: userId,
          ...said,
          hostRole: role,
          nameSaidAt: nowIfSaid(said.name),
          avatarSaidAt: nowIfSaid(said.avatarUrl),
          roleSaidAt: nowIfSaid(role),
        }))
      /** What is said of the user, or what there was: where some say it and others do not. */
      const said = (field: 'name' | 'avatarUrl' | 'hostRole' | 'locale' | 'email') => {
        const ids = rows.flatMap((row) => (row[field] === undefined ? [] : row.id))
        const column = users[field]
        const excluded = sql`excluded.${sql.identifier(toSnakeCase(field))}`
        return sql`case when excluded.id = any (${arrayOf('text', ids)}) then ${excluded} else ${column} end`
      }
      const upserted = await tx
        .insert(users)
        .values(rows)
        .onConflictDoUpdate({
          target: [users.tenantId, users.id],
          set: {
            name: said('name'),
            avatarUrl: said('avatarUrl'),
            hostRole: said('hostRole'),
            locale: said('locale'),
            email: said('email'),
            nameSaidAt: sql`coalesce(excluded.name_said_at, ${users.nameSaidAt})`,
            avatarSaidAt: sql`coalesce(excluded.avatar_said_at, ${users.avatarSaidAt})`,
            roleSaidAt: sql`coalesce(excluded.role_said_at, ${users.roleSaidAt})`,
            updatedAt: sql`now()`,
          },
        })
        // a row that was inserted has no earlier version
        .returning({ ...getTableColumns(users), created: sql<boolean>`xmax = 0` })
      const isRenamed = ({ id, name, avatarUrl }: UserRow) => {
        const known = before.get(id)
        return known !== undefined && (known.name !== name || known.avatarUrl !== avatarUrl)
      }
      const byId = new Map(
        upserted.map(({ created, ...row }) => [row.id, { user: toUser(row), created, renamed: isRenamed(row) }]),
      )
      return given.map(({ userId }) => byId.get(userId)!)
    },
    async unknownAmong(ids) {
      if (ids.length === 0) return []
      const rows = await tx
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.tenantId, tenantId), inArray(users.id, [...ids])))
      const known = new Set(rows.map(({ id }) => id))
      return ids.filter((id) => !known.has(id))
    },
    async find(id) {
      const [row] = await tx.select().from(users).where(one(id))
      return row ? toUser(row) : null
    },
    profiles: (ids) => profilesOf(tx, tenantId, ids),
    reachable: ({ roles, ids, after, limit }) =>
      tx
        .select({ userId: users.id, name: users.name, locale: users.locale, email: users.email })
        .from(users)
        .where(
          and(
            eq(users.tenantId, tenantId),
            isNull(users.disabledAt),
            after === null ? undefined : gt(users.id, after),
            ids && inArray(users.id, [...ids]),
            roles === null ? undefined : inArray(users.hostRole, [...roles]),
          ),
        )
        .orderBy(users.id)
        .limit(limit),
    async lock(ids, purpose) {
      await tx
        .select({ id: users.id })
        .from(users)
        .where(and(eq(users.tenantId, tenantId), inArray(users.id, [...ids])))
        // by code, as ensure() and upsert() go through them, whatever the database's language
        .orderBy(sql`${users.id} collate "C"`)
        // key share goes along with everything that leaves the key alone, others' key share and new names included
        .for(purpose === 'start' ? 'key share' : 'update')
    },
    async acquaintedAmong(id, others) {
      if (others.length === 0) return []
      const present = (who: SQL) => and(eq(participants.tenantId, tenantId), who, isNull(participants.leftAt))
      const own = tx
        .select({ id: participants.conversationId })
        .from(participants)
        .where(present(eq(participants.userId, id)))
      const rows = await tx
        .selectDistinct({ id: participants.userId })
        .from(participants)
        .where(
          and(
            present(sql`${participants.userId} = any(${arrayOf('text', others)})`),
            // `is true` keeps it a table that is looked into: as a join it is planned badly where the database has not counted yet
            sql`(${inArray(participants.conversationId, own)}) is true`,
          ),
        )
      return rows.map((row) => row.id)
    },
    async refusedAmong(ids) {
      if (ids.length === 0) return []
      const rows = await tx
        .select({ id: users.id, ...standingColumns })
        .from(users)
        .where(
          and(
            eq(users.tenantId, tenantId),
            inArray(users.id, [...ids]),
            or(isNotNull(users.disabledAt), isNotNull(users.revokedBefore), isNotNull(users.endedSessions)),
          ),
        )
      return rows.map(({ id, ...row }) => ({ userId: id, ...toStanding(row) }))
    },
    async setRefusedTokens(id, { revokedBefore, endedSessions }) {
      await tx
        .update(users)
        .set({
          revokedBefore: revokedBefore === null ? null : new Date(revokedBefore),
          endedSessions,
          updatedAt: sql`now()`,
        })
        .where(one(id))
    },
    async setDisabled(id, isDisabled) {
      await tx
        .update(users)
        .set({
          disabledAt: isDisabled ? sql`coalesce(${users.disabledAt}, clock_timestamp())` : null,
          updatedAt: sql`now()`,
        })
        .where(one(id))
    },
    async setReceiptsHidden(id, areHidden) {
      await tx.update(users).set({ receiptsHidden: areHidden, updatedAt: sql`now()` }).where(one(id))
    },
    async setPresenceHidden(id, isHidden) {
      await tx.update(users).set({ presenceHidden: isHidden, updatedAt: sql`now()` }).where(one(id))
    },
    async setLastSeen(seen) {
      if (seen.length === 0) return
      const latest = new Map<string, string>()
      for (const { userId, at } of seen) if (at > (latest.get(userId) ?? '')) latest.set(userId, at)
      // in one order, so that two who write of the same people do not wait for each other crosswise
      const sorted = [...latest].sort(([one], [other]) => (one < other ? -1 : 1))
      const given = rowsOf('given', {
        user_id: arrayOf(
          'text',
          sorted.map(([userId]) => userId),
        ),
        at: arrayOf(
          'timestamptz',
          sorted.map(([, at]) => at),
        ),
      })
      // never in the future, by whatever clock it was taken
      await tx.execute(sql`
        insert into last_seen as l (tenant_id, user_id, at) select ${tenantId}, given.user_id, least(given.at, now()) from ${given}
        on conflict on constraint last_seen_pk do update set at = excluded.at where l.at < excluded.at`)
    },
    async setAvatar(id, avatarUrl) {
      const before = (await shownBefore([id])).get(id)
      // no token was issued after that: see claim_unless_said()
      await tx
        .update(users)
        .set({ avatarUrl, avatarSaidAt: sql`'infinity'::timestamptz`, updatedAt: sql`now()` })
        .where(one(id))
      return before?.avatarUrl !== avatarUrl
    },
    async standing(id) {
      const [row] = await tx.select(standingColumns).from(users).where(one(id))
      return row ? toStanding(row) : null
    },
  }
}

const standingColumns = {
  hostRole: users.hostRole,
  disabledAt: users.disabledAt,
  roleSaidAt: users.roleSaidAt,
  revokedBefore: users.revokedBefore,
  endedSessions: users.endedSessions,
}

function toStanding(row: Pick<UserRow, keyof typeof standingColumns>): Standing {
  const { hostRole, disabledAt, roleSaidAt, revokedBefore, endedSessions } = row
  return {
    hostRole,
    disabled: disabledAt !== null,
    roleSaidAt: roleSaidAt?.getTime() ?? null,
    revokedBefore: revokedBefore?.getTime() ?? null,
    endedSessions,
  }
}

const nowIfSaid = (word: string | null | undefined) => (word === undefined ? undefined : sql`now()`)

/** The profiles of these, as they are now; of somebody whom nobody has mentioned, without a name. */
export async function profilesOf(
  tx: Tx,
  tenantId: string,
  ids: readonly (string | null)[],
): Promise<(id: string) => UserProfile> {
  const wanted = [...new Set(ids.flatMap((id) => id ?? []))]
  const found =
    wanted.length === 0
      ? []
      : await tx
          .select({ userId: users.id, name: users.name, avatarUrl: users.avatarUrl })
          .from(users)
          .where(and(eq(users.tenantId, tenantId), inArray(users.id, wanted)))
  const byId = new Map(found.map((profile) => [profile.userId, profile]))
  return (userId) => byId.get(userId) ?? { userId, name: null, avatarUrl: null }
}
