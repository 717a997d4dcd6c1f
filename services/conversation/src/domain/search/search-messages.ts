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
  const { q, conversationId, contextType, contextId, senderId, type, limit = 20, cursor } = input
  if (contextId !== undefined && contextType === undefined)
    throw invalidField('/contextType', 'required', 'is needed to know which contextId is meant')
  const from = momentOf(input.from, '/from')
  const to = momentOf(input.to, '/to')
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

/** As JavaScript says it: the format has offsets that the database does not read, and leap seconds, which are no moment. */
function momentOf(time: string | undefined, pointer: string): string | undefined {
  if (time === undefined) return undefined
  const moment = new Date(time)
  // whatever is before year 1, which the database begins with, or after 9999 by its offset
  if (!/^(?!0000)\d{4}-/.test(Number.isNaN(moment.getTime()) ? '' : moment.toISOString()))
    throw invalidField(pointer, 'date-time', 'is not a time that messages can have')
  return moment.toISOString()
}

/** Before all others of the same time. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

const placeOf = ({ message, at }: { message: Message; at: number }) => [at, message.conversationId, message.seq]
