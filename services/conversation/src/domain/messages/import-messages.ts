import type { Actor, ImportMessages, SentMessage } from '@parley/contracts'
import { requireService } from '../access.ts'
import { bodyHash } from '../body-hash.ts'
import type { Deps } from '../deps.ts'
import { keptText } from '../kept-text.ts'
import { invalidField, keyReused, noSuchConversation, requireOrdinaryId } from '../refusals.ts'

/**
 * Brings in history from an earlier system: in order, each with its sender and time, marked `imported`, and all of a call or
 * none. It does not come before what is there, for nobody would find it. Nobody has to read it, and a conversation that is
 * closed takes it too.
 */
export async function importMessages(
  { store, newId }: Deps,
  actor: Actor,
  { conversationId, messages }: ImportMessages,
): Promise<{ data: SentMessage[] }> {
  requireService(actor)
  const contents = messages.map(({ content }, i) => keptText(content, `/messages/${i}/content`))
  for (const [i, { senderId, createdAt }] of messages.entries()) {
    requireOrdinaryId(senderId, `/messages/${i}/senderId`)
    // RFC 3339 has leap seconds, which dates in JavaScript have not
    if (Number.isNaN(Date.parse(createdAt)))
      throw invalidField(`/messages/${i}/createdAt`, 'date-time', 'is not a time that can be kept')
  }
  return store.transaction(actor.tenantId, async (uow) => {
    const conversation = await uow.conversations.lock(conversationId)
    if (!conversation) throw noSuchConversation()
    const hashes = messages.map(({ content, createdAt }) => bodyHash(['import', content, Date.parse(createdAt)]))
    const there = await uow.messages.findByClientIds(conversationId, messages)
    const known = new Map(there.map((one) => [JSON.stringify([one.senderId, one.clientId]), one]))
    const [newest] = await uow.messages.inspect(conversationId, { limit: 1 })
    const now = Date.parse(await uow.now())
    let last = newest ? Date.parse(newest.createdAt) : 0
    let seq = conversation.seq
    const made: { id: string; created: boolean; clientId: string }[] = []
    const fresh = []
    for (const [i, { senderId, createdAt, clientId }] of messages.entries()) {
      const key = JSON.stringify([senderId, clientId])
      const before = known.get(key)
      if (before) {
        if (before.bodyHash !== hashes[i]) throw keyReused('message', `/messages/${i}/clientId`)
        made.push({ id: before.id, created: false, clientId })
        continue
      }
      const at = Date.parse(createdAt)
      if (at > now) throw invalidField(`/messages/${i}/createdAt`, 'future', 'is in the future')
      if (at < last)
        throw invalidField(
          `/messages/${i}/createdAt`,
          'order',
          'is earlier than the message before it in the conversation',
        )
      last = at
      const id = newId()
      const bodyHashed = hashes[i]!
      known.set(key, { senderId, clientId, bodyHash: bodyHashed, id })
      // as JavaScript says it: what else the format allows the database does not read
      const time = new Date(at).toISOString()
      fresh.push({ id, senderId, content: contents[i]!, clientId, bodyHash: bodyHashed, seq: ++seq, createdAt: time })
      made.push({ id, created: true, clientId })
    }
    await uow.users.ensure([...new Set(messages.map(({ senderId }) => senderId))])
    const members = await uow.participants.liveAudience(
      conversationId,
      conversation.participantsVersion,
      conversation.participantCount,
    )
    // Who had read everything has read this as well.
    await uow.participants.moveReaders(conversationId, conversation.seq, seq)
    const imported = await uow.messages.write(
      fresh.map((one) => ({ ...one, conversationId, type: 'text', payload: null, imported: true })),
    )
    const latest = imported.at(-1)
    if (latest) await uow.conversations.advance([{ id: conversationId, seq, at: latest.createdAt }])
    await uow.recordAll(
      imported.map((message) => {
        const head = { seq: message.seq, rev: conversation.rev }
        return { change: { type: 'message.created', message }, place: { conversationId, head, members } }
      }),
    )
    const written = new Map(
      (await uow.messages.byIds(made.map(({ id }) => id))).map((message) => [message.id, message]),
    )
    return {
      data: made.map(({ id, created, clientId }) => ({ message: { ...written.get(id)!, clientId }, created })),
    }
  })
}
