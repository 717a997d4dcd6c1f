import type { UnitOfWork } from '../ports.ts'

/**
 * Stops the two whose conversation it is while one of them has blocked the other. Whoever moderates it goes on writing, and
 * where more than two talk a block stops nobody. The conversation is locked.
 */
export async function applyBlocks(uow: UnitOfWork, conversationId: string): Promise<void> {
  const everybody = await uow.participants.everybody(conversationId)
  const talking = everybody.flatMap(({ userId, active, via }) => (active && via !== 'admin' ? [userId] : []))
  const [one, other, ...more] = talking
  const isStopped =
    one !== undefined && other !== undefined && more.length === 0 && (await uow.blocks.between(one, other))
  await uow.participants.setBlocked(conversationId, isStopped ? talking : [])
}
