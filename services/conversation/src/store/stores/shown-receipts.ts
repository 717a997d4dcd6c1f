import type { Participant } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { sql } from 'drizzle-orm'
import { arrayOf } from './arrays.ts'
import { firstParticipants } from './participant-rows.ts'

/** The participant, with how far they are only where that is shown. */
export const shownIf = (isShown: boolean, participant: Participant): Participant =>
  isShown ? participant : { ...participant, lastReadSeq: 0, lastDeliveredSeq: 0 }

/** Whether the viewer sees nobody's receipts but their own; of nobody in particular, whether the tenant's policy says so. */
export async function keepsReceiptsOut(tx: Tx, tenantId: string, viewerId: string | null): Promise<boolean> {
  const { rows } = (await tx.execute(sql`select keeps_receipts_out(${tenantId}, ${viewerId}) as out`)) as unknown as {
    rows: { out: boolean | null }[]
  }
  return rows[0]?.out === true
}

/**
 * In which of the conversations nobody can be told how far all others are, by what everybody hears: somebody there hides theirs, and
 * is not to hear of others', or the policy shows none.
 */
export async function receiptsHiddenIn(
  tx: Tx,
  tenantId: string,
  conversationIds: readonly string[],
): Promise<(conversationId: string) => boolean> {
  const { rows } = (await tx.execute(sql`
    select p.conversation_id as id from participants p
    join users u on u.tenant_id = p.tenant_id and u.id = p.user_id and u.receipts_hidden
    where p.conversation_id = any (${arrayOf('uuid', conversationIds)}) and p.left_at is null
    union select null from tenants t where t.id = ${tenantId} and t.hides_receipts`)) as unknown as {
    rows: { id: string | null }[]
  }
  const hidden = new Set(rows.map(({ id }) => id))
  return (conversationId) => hidden.has(null) || hidden.has(conversationId)
}

/** Of several conversations at once, with how far they are only where everybody may hear that; see `firstParticipants`. */
export async function sharedParticipants(
  tx: Tx,
  tenantId: string,
  conversationIds: readonly string[],
  limit: number,
): Promise<Map<string, Participant[]>> {
  const people = await firstParticipants(tx, conversationIds, limit)
  const isHiddenIn = await receiptsHiddenIn(tx, tenantId, conversationIds)
  for (const [id, some] of people)
    people.set(
      id,
      some.map((participant) => shownIf(!isHiddenIn(id), participant)),
    )
  return people
}
