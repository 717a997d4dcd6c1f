import { fieldsOf, type Positional } from '@parley/database'
import type { MessageAnswer } from './answers.ts'

// What functions answer that only replicas of the former release ask. Nobody reads it here; that it stays what they read is tested
// (answers.test.ts). It goes with those functions, a release later.

/** What only some messages have: see MessageAnswer. */
export type MoreAnswer = Pick<
  MessageAnswer,
  'rev' | 'payload' | 'editedAt' | 'deletedAt' | 'imported' | 'reactions' | 'extras'
>
export const moreFields = fieldsOf<MoreAnswer>()('more_fields', [
  'rev',
  'payload',
  'editedAt',
  'deletedAt',
  'imported',
  'reactions',
  'extras',
])

/** Asked for by replicas of the former release: the messages of a page, in lists with a value for each. */
export interface PageAnswer {
  ids: string[] | null
  seqs: number[]
  senderIds: string[]
  types: string[]
  contents: string[]
  createdAts: number[]
  names: (string | null)[]
  avatarUrls: (string | null)[]
  /** By seq. */
  more: Record<number, Positional<MoreAnswer>> | null
}
export const messagePage = fieldsOf<PageAnswer>()('message_page', [
  'ids',
  'seqs',
  'senderIds',
  'types',
  'contents',
  'createdAts',
  'names',
  'avatarUrls',
  'more',
])
