import type { UnitOfWork } from '../ports.ts'

/**
 * Stops the two whose conversation it is while one of them has blocked the other. Whoever moderates it goes on writing, and
 * where more than two talk a block stops nobody. Both are told. The conversations are locked.
 */
export async function applyBlocks(uow: UnitOfWork, conversationIds: readonly string[]): Promise<void> {
  const pairs = await uow.participants.pairs(conversationIds)
  // one question for a pair, however many conversations it has
  const distinct = new Map(pairs.map(({ one, other }) => [JSON.stringify([one, other].sort()), [one, other] as const]))
  const answers = await uow.blocks.betweenEach([...distinct.values()])
  const isBlocked = new Map([...distinct.keys()].map((key, i) => [key, answers[i]]))
  const stopped = pairs.flatMap(({ conversationId, one, other }) =>
    isBlocked.get(JSON.stringify([one, other].sort()))
      ? [one, other].map((userId) => ({ conversationId, userId }))
      : [],
  )
  // whoever can write no more, or again, hears it on all their devices
  for (const place of await uow.participants.setBlocked(conversationIds, stopped)) uow.tellOwn(place)
}
