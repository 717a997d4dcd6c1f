import type { ConversationName } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { inArray } from 'drizzle-orm'
import { conversations } from '../tables/tables.ts'
import { firstParticipants } from './participant-rows.ts'

/** A conversation without a title is called by so many who are in it. */
const NAMING_PARTICIPANTS = 3

/** What these are called; those that are not there are left out. */
export async function conversationNames(
  tx: Tx,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, ConversationName>> {
  const wanted = [...new Set(ids.flatMap((id) => id ?? []))]
  if (wanted.length === 0) return new Map()
  const { id, kind, title, pictureUrl } = conversations
  const rows = await tx.select({ id, kind, title, pictureUrl }).from(conversations).where(inArray(id, wanted))
  const people = await firstParticipants(tx, wanted, NAMING_PARTICIPANTS)
  return new Map(
    rows.map((row) => {
      const participants = people.get(row.id)!.map(({ userId, name, avatarUrl }) => ({ userId, name, avatarUrl }))
      return [row.id, { ...row, participants }]
    }),
  )
}
