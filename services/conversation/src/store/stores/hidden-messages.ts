import type { Message } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { sql } from 'drizzle-orm'
import type { HiddenMessages } from '../../domain/ports/hidden-messages.ts'
import { arrayOf } from './arrays.ts'

/** `byIds` loads messages whoever sees them, in the order of the ids. */
export function hiddenMessageStore(
  tx: Tx,
  tenantId: string,
  byIds: (ids: readonly string[]) => Promise<Message[]>,
): HiddenMessages {
  return {
    async find(viewerId, ids) {
      if (ids.length === 0) return []
      const { rows } = (await tx.execute(sql`
        select m.id from unnest(${arrayOf('uuid', ids)}) i (id)
        join messages m on m.id = i.id
        join participants p on p.conversation_id = m.conversation_id and p.user_id = ${viewerId} and m.seq > visible_after(p)
        join hidden_messages h on h.conversation_id = m.conversation_id and h.user_id = ${viewerId} and h.seq = m.seq`)) as unknown as {
        rows: { id: string }[]
      }
      return byIds(rows.map(({ id }) => id))
    },
    async add(viewerId, conversationId, seqs) {
      await tx.execute(sql`
        with counted as (
          update participants p set private_counter = p.private_counter + 1, private_at = clock_timestamp(), hides = true
          where p.conversation_id = ${conversationId} and p.user_id = ${viewerId} returning p.private_counter)
        insert into hidden_messages (conversation_id, user_id, seq, tenant_id, private_counter)
        select ${conversationId}::uuid, ${viewerId}, s.seq, ${tenantId}, c.private_counter
        from counted c, unnest(${arrayOf('bigint', seqs)}) s (seq)
        on conflict on constraint hidden_messages_pk do nothing`)
    },
  }
}
