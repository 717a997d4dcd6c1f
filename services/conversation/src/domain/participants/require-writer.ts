import type { UnitOfWork } from '../ports.ts'
import { blocked, noSuchConversation, onlyReads, requireWritable } from '../refusals.ts'

/** Refuses who may not write there now. `until`: when the conversation ends by itself. */
export async function requireWriter(
  { participants }: UnitOfWork,
  conversationId: string,
  userId: string,
): Promise<{ until: string | null }> {
  const place = await participants.place(conversationId, userId)
  if (!place) throw noSuchConversation()
  requireWritable(place)
  if (place.role === 'observer') throw onlyReads()
  if (place.blocked) throw blocked()
  return { until: place.until }
}
