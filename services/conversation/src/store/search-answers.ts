/** What the functions of search answer; see answers.ts. */
import { fieldsOf, type Positional } from '@parley/database'
import type { MessageAnswer } from './answers.ts'

export interface UnlistedAnswer {
  tenantId: string
  conversationId: string
  seq: number
  rev: number
  type: string
  content: string
  payload: Record<string, unknown> | null
  attachmentNames: string[] | null
}
export const unlistedFields = fieldsOf<UnlistedAnswer>()('unlisted_fields', [
  'tenantId',
  'conversationId',
  'seq',
  'rev',
  'type',
  'content',
  'payload',
  'attachmentNames',
])

export interface UnlistedEventsAnswer {
  version: number
  readTo: number
  missing: number[]
  missingTill: number[]
  /** Events are gone that nobody had read. */
  lost: boolean
  generation: number
  changes: number
  messages: Positional<UnlistedAnswer>[]
}
export const unlistedEvents = fieldsOf<UnlistedEventsAnswer>()('unlisted_events', [
  'version',
  'readTo',
  'missing',
  'missingTill',
  'lost',
  'generation',
  'changes',
  'messages',
])

export interface UnlistedBeforeAnswer {
  version: number
  /** Null: these were the last. */
  filledTo: string | null
  count: number
  filled: number
  generation: number
  messages: Positional<UnlistedAnswer>[]
  filling: boolean
}
export const unlistedBefore = fieldsOf<UnlistedBeforeAnswer>()('unlisted_before', [
  'version',
  'filledTo',
  'count',
  'filled',
  'generation',
  'messages',
  'filling',
])

export interface SearchStateAnswer {
  lagSeconds: number
  filling: boolean
  filled: number
  messages: number
}
export const searchState = fieldsOf<SearchStateAnswer>()('search_state', [
  'lagSeconds',
  'filling',
  'filled',
  'messages',
])

export interface SearchHitAnswer {
  message: Positional<MessageAnswer>
  /** Microseconds since 1970. */
  at: number
}
export interface SearchAnswer {
  hits: Positional<SearchHitAnswer>[]
  /** What is older than this was not looked at, microseconds since 1970; null: all was. */
  stoppedAt: number | null
}
export const searchAnswer = fieldsOf<SearchAnswer>()('search_messages', ['hits', 'stoppedAt'])
export const searchHit = fieldsOf<SearchHitAnswer>()('search_messages.hit', ['message', 'at'])
