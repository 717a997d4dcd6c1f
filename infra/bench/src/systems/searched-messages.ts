import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'

/** Messages of each conversation. */
export const SEARCHED_LENGTH = 50
/** How many conversations those are in who search. */
export const SEARCHERS = [3, 250, 5_000] as const
const WORDS = 20_000
const SYLLABLES = ['ka', 'mo', 'ti', 're', 'su', 'la', 'ne', 'vo', 'di', 'pa']
const REINDEX = fileURLToPath(new URL('../../../../services/conversation/dist/reindex.js', import.meta.url))

/** The word of a number: five syllables, so that words begin alike as those of a language do. */
const word = (number: number) => [...String(number).padStart(5, '0')].map((digit) => SYLLABLES[Number(digit)]).join('')

/** What is asked for: common words, rare ones, several, the beginning of one, words side by side, and one that is nowhere. */
export const SEARCHES = [
  ...[1, 20, 500, 15_000].map(word),
  `${word(3)} ${word(40)}`,
  word(777).slice(0, 5),
  `"${word(2)} ${word(9)}"`,
  'nowhere',
] as const

const SEARCHED = `SELECT c.id FROM conversations c WHERE c.id::text = ANY ($1) OR c.metadata ->> 'listed' = ANY ($1)`

type Query = <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>

/**
 * Gives these conversations, and those that were made like them, so many messages as their first, each of eight words. A word is the rarer the higher its number, as in a
 * language: the first ones are in every tenth message or more, the last ones in one of thousands.
 */
export async function fillConversations(query: Query, like: readonly string[], length: number): Promise<void> {
  const columns = await query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = 'messages' AND is_generated = 'NEVER' ORDER BY ordinal_position`,
  )
  const digit = (place: number) => `(ARRAY[${SYLLABLES.map((s) => `'${s}'`)}])[n / ${10 ** place} % 10 + 1]`
  const words = `(SELECT string_agg(${[4, 3, 2, 1, 0].map(digit).join(' || ')}, ' ')
    FROM (SELECT floor(power(${WORDS}, random()))::integer AS n FROM generate_series(1, 8) i WHERE s.n > 0) w)`
  const own: Record<string, string> = {
    id: 'gen_random_uuid()',
    client_id: 'gen_random_uuid()::text',
    seq: 's.n',
    content: words,
    created_at: "t.created_at + s.n * interval '1 second'",
  }
  await query('ALTER TABLE conversations DISABLE TRIGGER USER')
  await query(
    `INSERT INTO messages (${columns.map(({ name }) => pg.escapeIdentifier(name))})
     SELECT ${columns.map(({ name }) => own[name] ?? `t.${pg.escapeIdentifier(name)}`)} FROM messages t, generate_series(2, ${length}) AS s (n)
     WHERE t.seq = 1 AND t.conversation_id IN (${SEARCHED})`,
    [like],
  )
  await query(`UPDATE conversations SET last_seq = ${length} WHERE id IN (${SEARCHED})`, [like])
  await query('ALTER TABLE conversations ENABLE TRIGGER USER')
  await query('VACUUM ANALYZE messages')
}

/** As an operator does it. */
export async function reindex(databaseUrl: string): Promise<void> {
  await promisify(execFile)(process.execPath, [REINDEX], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    maxBuffer: 64 * 1024 * 1024,
  })
}
