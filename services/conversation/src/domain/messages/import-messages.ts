import {
  type Actor,
  builtInKind,
  type ImportMessages,
  MAX_CONTENT_LENGTH,
  ParleyError,
  type Policy,
  type SentMessage,
} from '@parley/contracts'
import { requireService } from '../access.ts'
import { bodyHash } from '../body-hash.ts'
import type { Deps } from '../deps.ts'
import type { UnitOfWork } from '../ports.ts'
import { invalidField, keyReused, noSuchConversation, requireOrdinaryId } from '../refusals.ts'
import { hashOfBody, type KeptBody, keptBody, requireBody } from './message-body.ts'

/**
 * Brings in history from an earlier system: in order, each with its sender and time, marked `imported`, and all of a call or
 * none. It does not come before what is there, for nobody would find it. Nobody has to read it, and a conversation that is
 * closed takes it too.
 */
export async function importMessages(
  { store, newId, policies }: Deps,
  actor: Actor,
  { conversationId, messages }: ImportMessages,
): Promise<{ data: SentMessage[] }> {
  requireService(actor)
  const { messages: rules, ...others } = await policies.of(actor.tenantId)
  // what was said elsewhere is as long as it was
  const policy = { ...others, messages: { ...rules, maxLength: MAX_CONTENT_LENGTH } }
  const bodies = messages.map((body, i) => under(`/messages/${i}`, () => importedBody(body, policy)))
  for (const [i, { senderId, createdAt }] of messages.entries()) {
    requireOrdinaryId(senderId, `/messages/${i}/senderId`)
    // RFC 3339 has leap seconds, which dates in JavaScript have not
    if (Number.isNaN(Date.parse(createdAt)))
      throw invalidField(`/messages/${i}/createdAt`, 'date-time', 'is not a time that can be kept')
  }
  return store.transaction(actor.tenantId, async (uow) => {
    const conversation = await uow.conversations.lock(conversationId)
    if (!conversation) throw noSuchConversation()
    const hashes = messages.map(hashOfImported)
    await requireOriginals(uow, conversationId, messages)
    const mentioned = await activeAmong(
      uow,
      conversationId,
      bodies.flatMap(({ extras }) => extras?.mentions ?? []),
    )
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
      const { content, extras } = bodies[i]!
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
      fresh.push({
        ...{ id, senderId, type: messages[i]!.type ?? 'text', content, clientId, bodyHash: bodyHashed },
        ...{ seq: ++seq, createdAt: time, payload: extras?.payload ?? null, replyTo: extras?.replyTo },
        mentions: extras?.mentions?.filter((userId) => mentioned.has(userId)),
      })
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
    const imported = await uow.messages.write(fresh.map((one) => ({ ...one, conversationId, imported: true })))
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

type Imported = ImportMessages['messages'][number]

function importedBody(body: Imported, policy: Policy): KeptBody {
  const { type = 'text' } = body
  const kind = builtInKind(type)
  if (kind?.kept || kind?.sentBy === 'backend')
    throw invalidField('/type', 'kind', `${type} is not imported: nobody could say what became of it`)
  requireBody(body)
  return keptBody(body, policy)
}

/** That of a plain text is as former releases have stored it. */
function hashOfImported({ content, createdAt, ...body }: Imported): string {
  const { type = 'text', payload, replyTo } = body
  const said = ['import', content, Date.parse(createdAt)]
  const isPlain = type === 'text' && payload === undefined && replyTo === undefined
  return bodyHash(isPlain ? said : [...said, hashOfBody(body)])
}

/** Lets the work refuse places below a place. */
function under<T>(pointer: string, work: () => T): T {
  try {
    return work()
  } catch (err) {
    if (!(err instanceof ParleyError) || !err.errors) throw err
    const errors = err.errors.map((one) => ({ ...one, pointer: `${pointer}${one.pointer}` }))
    const [first] = errors
    throw new ParleyError(err.code, first ? `${first.pointer} ${first.detail}` : err.message, { errors })
  }
}

async function requireOriginals(uow: UnitOfWork, conversationId: string, messages: readonly Imported[]): Promise<void> {
  const asked = messages.flatMap(({ replyTo }) => replyTo ?? [])
  const originals = await uow.messages.byIds([...new Set(asked)])
  const there = new Set(originals.filter((one) => one.conversationId === conversationId).map(({ id }) => id))
  const missing = messages.findIndex(({ replyTo }) => replyTo !== undefined && !there.has(replyTo))
  if (missing >= 0)
    throw invalidField(`/messages/${missing}/replyTo`, 'not_found', 'is no message of this conversation')
}

async function activeAmong(
  uow: UnitOfWork,
  conversationId: string,
  userIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (userIds.length === 0) return new Set()
  const found = await uow.participants.findAll([...new Set(userIds)].map((userId) => ({ conversationId, userId })))
  return new Set(found.filter(({ active }) => active).map(({ userId }) => userId))
}
