import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import pg from 'pg'
import { attachSockets, authOf, listenForParent } from './serve.ts'

/**
 * The usual beginning: one process, a pool, and per message one UPDATE for its number and one INSERT, each committed by
 * itself, then a broadcast to the room. Routing is by hand, which is cheaper than Express and so in the peer's favour.
 */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
await pool.query(`
  CREATE TABLE conversations (id uuid PRIMARY KEY, last_seq bigint NOT NULL, updated_at timestamptz NOT NULL);
  CREATE TABLE messages (
    id uuid PRIMARY KEY, conversation_id uuid NOT NULL, seq bigint NOT NULL, sender_id text NOT NULL,
    content text NOT NULL, client_id uuid NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX ON messages (conversation_id, seq);`)

/** Sorting has to name the table: `seq` alone would be the output column, which no index has. */
const FIELDS =
  'id, conversation_id AS "conversationId", seq::integer, sender_id AS "senderId", content, created_at AS "createdAt"'

const http = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const [, id] = /^\/conversations\/([0-9a-f-]+)\/messages$/.exec(url.pathname) ?? []
  const answer = (status: number, body: unknown) => {
    const json = JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) })
    response.end(json)
  }
  if (!id) return answer(404, {})
  const limit = Math.min(100, Number(url.searchParams.get('limit') ?? 20))
  pool
    .query(`SELECT ${FIELDS} FROM messages WHERE conversation_id = $1 ORDER BY messages.seq DESC LIMIT $2`, [id, limit])
    .then(
      ({ rows }) => answer(200, { data: rows.reverse() }),
      (error) => answer(500, { error: String(error) }),
    )
})
const io = attachSockets(http)

interface Input {
  conversationId: string
  content: string
  clientId: string
}
type Acknowledge = (reply: { ok: true; data: unknown } | { ok: false; error: unknown }) => void

/** The first message makes the conversation's row. */
const NEXT = `INSERT INTO conversations (id, last_seq, updated_at) VALUES ($1, 1, now())
  ON CONFLICT (id) DO UPDATE SET last_seq = conversations.last_seq + 1, updated_at = now() RETURNING last_seq::integer AS seq`
const INSERT = `INSERT INTO messages (id, conversation_id, seq, sender_id, content, client_id)
  VALUES ($1, $2, $3, $4, $5, $6) RETURNING created_at AS "createdAt"`

io.on('connection', (socket) => {
  const { userId, conversationId: room } = authOf(socket)
  void socket.join(room)

  const send = async ({ conversationId, content, clientId }: Input) => {
    const { rows: next } = await pool.query<{ seq: number }>(NEXT, [conversationId])
    const { seq } = next[0]!
    const id = randomUUID()
    const { rows } = await pool.query(INSERT, [id, conversationId, seq, userId, content, clientId])
    const message = { id, conversationId, seq, senderId: userId, content, createdAt: rows[0].createdAt }
    io.to(conversationId).emit('new_message', message)
    return { ...message, clientId }
  }
  const sync = async ({ conversationId, after }: { conversationId: string; after: number }) => {
    const { rows } = await pool.query(
      `SELECT ${FIELDS} FROM messages WHERE conversation_id = $1 AND seq > $2 ORDER BY messages.seq LIMIT 100`,
      [conversationId, after],
    )
    return { conversations: [{ conversation: { cursor: '' }, messages: rows }] }
  }
  const answer = (work: Promise<unknown>, acknowledge: Acknowledge) =>
    void work.then(
      (data) => acknowledge({ ok: true, data }),
      (error) => acknowledge({ ok: false, error: String(error) }),
    )
  socket.on('send_message', (input: Input, acknowledge: Acknowledge) => answer(send(input), acknowledge))
  socket.on('sync', (input, acknowledge: Acknowledge) => answer(sync(input), acknowledge))
  socket.emit('ready', {})
})
listenForParent(http)
