import { type Actor, isUuid, type SendKey, type SendOutcome } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { UnitOfWork } from '../ports.ts'

/** What became of these messages, in their order. One that was deleted for everyone counts as not written: nothing is attached to it. */
export async function sendOutcomes(
  { store }: Deps,
  { tenantId }: Actor,
  { keys }: { keys: readonly SendKey[] },
): Promise<{ outcomes: SendOutcome[] }> {
  return store.snapshot(tenantId, async (uow) => {
    const sent = await sentUnder(uow, keys)
    // of a scheduled message its id is the key
    const ids = keys.map(({ clientId }) => clientId).filter(isUuid)
    const scheduled = new Set(await uow.scheduledMessages.waitingAmong(ids))
    const held = new Set((await uow.heldMessages.waitingAmong(keys)).map(nameOf))
    return {
      outcomes: keys.map((key) => {
        const messageId = sent.get(nameOf(key)) ?? null
        return { key, messageId, waiting: messageId === null && (scheduled.has(key.clientId) || held.has(nameOf(key))) }
      }),
    }
  })
}

/** The ids of those that are there, by their keys. */
async function sentUnder({ messages }: UnitOfWork, keys: readonly SendKey[]): Promise<Map<string, string>> {
  const sent: { name: string; id: string }[] = []
  for (const conversationId of new Set(keys.map((key) => key.conversationId))) {
    const there = keys.filter((key) => key.conversationId === conversationId)
    for (const { id, ...who } of await messages.findByClientIds(conversationId, there))
      sent.push({ name: nameOf({ conversationId, ...who }), id })
  }
  const present = new Set(
    (await messages.byIds(sent.map(({ id }) => id))).flatMap(({ id, deletedAt }) => (deletedAt === null ? [id] : [])),
  )
  return new Map(sent.flatMap(({ name, id }) => (present.has(id) ? [[name, id]] : [])))
}

const nameOf = ({ conversationId, senderId, clientId }: SendKey) => JSON.stringify([conversationId, senderId, clientId])
