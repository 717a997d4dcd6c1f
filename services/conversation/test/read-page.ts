import type { Message } from '@parley/contracts'
import type { MessageRange } from '../src/domain/ports/messages.ts'
import type { Reads, Viewer } from '../src/domain/ports/reads.ts'

/** A page of what the viewer may see, decoded; null for an outsider. */
export async function readPage(
  reads: Reads,
  viewer: Viewer,
  id: string,
  range: MessageRange,
): Promise<Message[] | null> {
  const page = await reads.page(viewer, id, range)
  // what the store has encoded
  return page?.map(({ json }) => JSON.parse(json) as Message) ?? null
}
