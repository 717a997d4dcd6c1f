import pg from 'pg'

type Query = <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>

/**
 * Multiplies a conversation's one message, and fills the table up with conversations of a thousand. Columns are asked of
 * the database, so that one that is added later is copied too.
 */
export async function copyMessages(query: Query, conversationId: string, inConversation: number, total: number) {
  const columns = await query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = 'messages' AND is_generated = 'NEVER' ORDER BY ordinal_position`,
  )
  const copy = async (own: Record<string, string>, from: string, values: unknown[]) => {
    const names = columns.map(({ name }) => pg.escapeIdentifier(name))
    const expressions = columns.map(({ name }) => own[name] ?? `t.${pg.escapeIdentifier(name)}`)
    await query(
      `INSERT INTO messages (${names}) SELECT ${expressions} FROM messages t, ${from}
       WHERE t.conversation_id = $1 AND t.seq = 1`,
      [conversationId, ...values],
    )
  }
  const fresh = {
    id: 'gen_random_uuid()',
    client_id: 'gen_random_uuid()::text',
    seq: 's.n',
    created_at: "t.created_at + s.n * interval '1 millisecond'",
  }
  await copy(fresh, 'generate_series(2, $2::integer) AS s (n)', [inConversation])
  await copy(
    { ...fresh, conversation_id: 'c.id' },
    `(SELECT gen_random_uuid() AS id FROM generate_series(1, $2::integer)) c, generate_series(1, 1000) AS s (n)`,
    [Math.ceil((total - inConversation) / 1000)],
  )
  await query('UPDATE conversations SET last_seq = $2 WHERE id = $1', [conversationId, inConversation])
  await query('VACUUM ANALYZE messages')
}

/** So many conversations as that one, each with its people and its message, all of them active before it. */
export async function copyConversations(query: Query, conversationId: string, count: number) {
  const copy = async (table: string, own: Record<string, string>, from: string) => {
    const columns = await query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
      [table],
    )
    const names = columns.map(({ name }) => pg.escapeIdentifier(name))
    const expressions = columns.map(({ name }) => own[name] ?? `t.${pg.escapeIdentifier(name)}`)
    const key = table === 'conversations' ? 'id' : 'conversation_id'
    await query(`INSERT INTO ${table} (${names}) SELECT ${expressions} FROM ${table} t, ${from} WHERE t.${key} = $1`, [
      conversationId,
    ])
  }
  const at = `now() - s.n * interval '90 days' / ${count}`
  const times = { created_at: at, updated_at: at, last_message_at: at, listed_at: at }
  const made = `(SELECT c.id, c.last_message_at AS at FROM conversations c WHERE c.metadata ->> 'listed' = '${conversationId}') s`
  await copy(
    'conversations',
    {
      ...times,
      id: 'gen_random_uuid()',
      direct_key: 'gen_random_uuid()::text',
      metadata: `'{"listed": "${conversationId}"}'`,
    },
    `generate_series(1, ${count}) AS s (n)`,
  )
  await copy('participants', { conversation_id: 's.id', listed_at: 's.at' }, made)
  await copy(
    'messages',
    {
      conversation_id: 's.id',
      id: 'gen_random_uuid()',
      client_id: 'gen_random_uuid()::text',
      created_at: 's.at',
    },
    made,
  )
  for (const table of ['conversations', 'participants', 'messages']) await query(`VACUUM ANALYZE ${table}`)
}
