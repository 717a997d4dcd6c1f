// Hears everything that happens in a tenant, also what happened while it was away. A consumer of its own keeps its place: see README.md.
import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

const { NATS_URL = 'nats://consumer:consumer-dev@localhost:4222', CONSUMER = 'default-backend' } = process.env
const { username: user, password: pass, host: servers } = new URL(NATS_URL)
const nats = await connect({ servers, user, pass, inboxPrefix: '_INBOX_consumer' })
const consumer = await jetstream(nats).consumers.get('PARLEY_EVENTS', CONSUMER)
const messages = await consumer.consume({ max_messages: 50 })
process.on('SIGTERM', () => messages.stop())

// Events come at least once and in no promised order: of each conversation the highest (seq, rev) is how it stands now.
// Keep this in your database, beside what you do about it.
const heads = new Map()
const isNews = ({ conversationId, seq, rev }) => {
  const head = heads.get(conversationId) ?? { seq: 0, rev: 0 }
  if (seq <= head.seq && rev <= head.rev) return false
  heads.set(conversationId, { seq: Math.max(seq, head.seq), rev: Math.max(rev, head.rev) })
  return true
}

for await (const message of messages) {
  const event = message.json()
  if (isNews(event)) console.log(message.headers.get('ce-type'), event.id, event.data.content ?? '')
  message.ack()
}
await nats.drain()
