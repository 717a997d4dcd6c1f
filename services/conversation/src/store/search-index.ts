import type { Database, Positional } from '@parley/database'
import type { SearchIndex, SearchStep } from '../domain/ports/search.ts'
import {
  type SearchAnswer,
  type SearchStateAnswer,
  searchAnswer,
  searchHit,
  searchState,
  type UnlistedAnswer,
  type UnlistedBeforeAnswer,
  type UnlistedEventsAnswer,
  unlistedBefore,
  unlistedEvents,
  unlistedFields,
} from './search-answers.ts'
import { conversationNames } from './stores/conversation-names.ts'
import { messageOf } from './stores/to-message.ts'

const EVENTS = 'SELECT unlisted_events($1)'
const BEFORE = 'SELECT unlisted_before($1)'
const LIST = 'SELECT index_messages($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13) AS done'
const FIND = 'SELECT search_messages($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)'
const STEMS = 'SELECT word_stems($1,$2)'
const STATE = 'SELECT search_state()'

/** What a step says of where the projection stands then; one of the two that there are is null. */
interface Progress {
  version: number
  generation: number
  events: Pick<UnlistedEventsAnswer, 'readTo' | 'missing' | 'missingTill' | 'lost'> | null
  fill: Pick<UnlistedBeforeAnswer, 'filledTo' | 'count'> | null
}

/** The projection over one database. */
export function createSearchIndex(database: Database): SearchIndex {
  const stepOf = (step: Progress | null, messages: Positional<UnlistedAnswer>[], count: number): SearchStep => ({
    step,
    messages: messages.map(unlistedFields.decode),
    count,
  })
  return {
    async nextEvents(limit) {
      const answer = await database.read<Positional<UnlistedEventsAnswer>>('unlisted_events', EVENTS, [limit])
      const { version, generation, changes, messages, ...events } = unlistedEvents.decode(answer)
      return stepOf(
        changes === 0 && messages.length === 0 ? null : { version, generation, events, fill: null },
        messages,
        changes,
      )
    },
    async nextUnfilled(limit) {
      const answer = await database.read<Positional<UnlistedBeforeAnswer>>('unlisted_before', BEFORE, [limit])
      const { version, generation, messages, filling, ...fill } = unlistedBefore.decode(answer)
      return stepOf(filling ? { version, generation, events: null, fill } : null, messages, fill.count)
    },
    async list(step, words) {
      // only this file makes steps
      const { version, generation, events, fill } = step as Progress
      const [row] = await database.call<{ done: boolean }>(LIST, [
        ...[version, generation],
        ...[events?.readTo ?? null, events?.missing ?? [], events?.missingTill ?? [], events?.lost ?? false],
        ...[fill?.filledTo ?? null, fill?.count ?? 0],
        words.map(({ key }) => key),
        words.map(({ conversationId }) => conversationId),
        words.map(({ seq }) => seq),
        words.map(({ rev }) => rev),
        words.map(({ terms }) => terms),
      ])
      return row!.done
    },
    async startAgain() {
      await database.call('SELECT reindex_messages()')
    },
    async state() {
      return searchState.decode(await database.read<Positional<SearchStateAnswer>>('search_state', STATE, []))
    },
    stems: (language, words) => database.read<string[]>('word_stems', STEMS, [language, words]),
    async find({ viewer, after, ...search }) {
      const answer = await database.read<Positional<SearchAnswer> | null>('search_messages', FIND, [
        ...[viewer.tenantId, viewer.userId, search.key, search.question],
        ...[search.conversationId ?? null, search.contextType ?? null, search.contextId ?? null],
        ...[search.senderId ?? null, search.type ?? null, search.from ?? null, search.to ?? null],
        ...[after?.at ?? null, after?.conversationId ?? null, after?.seq ?? null, search.limit],
      ])
      if (!answer) return null
      const { hits, stoppedAt } = searchAnswer.decode(answer)
      const found = hits.map((hit) => {
        const { message, at } = searchHit.decode(hit)
        return { message: messageOf(message), at }
      })
      return { found, stoppedAt }
    },
    names: (tenantId, ids) => database.transaction({ tenantId, snapshot: true }, (tx) => conversationNames(tx, ids)),
  }
}
