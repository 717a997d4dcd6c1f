import type { Actor, FoundMessage, Message, Page, SearchMessages } from '@parley/contracts'
import { decodeFoundCursor, encodeCursor } from '../cursor.ts'
import type { Deps } from '../deps.ts'
import { invalidField, noSuchConversation } from '../refusals.ts'
import { highlightsIn } from './highlights.ts'
import { askedIn, questionOf } from './search-query.ts'
import { spokenIn, tenantKey } from './terms.ts'

/** Messages with these words that the actor may read now, the newest first, wherever they are. */
export async function searchMessages(
  { store, policies, stemsOf }: Deps,
  { tenantId, userId }: Actor,
  input: SearchMessages,
): Promise<Page<FoundMessage>> {
  const { q, conversationId, contextType, contextId, senderId, type, from, to, limit = 20, cursor } = input
  if (contextId !== undefined && contextType === undefined)
    throw invalidField('/contextType', 'required', 'is needed to know which contextId is meant')
  const after = cursor === undefined ? undefined : decodeFoundCursor(cursor)
  const { language } = (await policies.of(tenantId)).search
  const groups = askedIn(q)
  const asked = groups.flat().flatMap(({ spoken }) => spoken ?? [])
  const key = tenantKey(tenantId)
  const answer = await store.search.find({
    viewer: { tenantId, userId },
    ...{ key, question: questionOf(key, groups, await stemsOf(language, asked)) },
    ...{ conversationId, contextType, contextId, senderId, type, from, to, after },
    limit: limit + 1,
  })
  if (answer === null) throw noSuchConversation()
  const { found, stoppedAt } = answer
  const shown = found.slice(0, limit)
  const next = found.length > limit ? placeOf(shown.at(-1)!) : stoppedAt === null ? null : [stoppedAt, FIRST_ID, 0]
  const names = await store.search.names(
    tenantId,
    shown.map(({ message }) => message.conversationId),
  )
  const spoken = asked.length > 0 && language !== null ? spokenIn(shown.map(({ message }) => message.content)) : []
  const stems = await stemsOf(language, [...asked, ...spoken])
  return {
    data: shown.map(({ message }) => ({
      message,
      highlights: highlightsIn(message.content, groups, stems),
      conversation: names.get(message.conversationId)!,
    })),
    hasMore: next !== null,
    nextCursor: next && encodeCursor(next),
  }
}

/** Before all others of the same time. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

const placeOf = ({ message, at }: { message: Message; at: number }) => [at, message.conversationId, message.seq]
