import type { ConversationName, Message } from '@parley/contracts'
import type { Viewer } from './reads.ts'

/** A message that is not to be found yet, as it was read at this revision. */
export interface UnlistedMessage {
  tenantId: string
  conversationId: string
  seq: number
  rev: number
  type: string
  content: string
  payload: object | null
  attachmentNames: readonly string[] | null
}

/** What is to be done next, of the log of events or of the messages that were there before. Doing it names the step. */
export interface SearchStep {
  /** Null where there is nothing to do. */
  step: object | null
  messages: UnlistedMessage[]
  /** Events, or messages that were looked at: none in the last step of those that fill in. */
  count: number
}

/** A message's words, as a row of the projection has them. */
export interface ListedWords extends Pick<UnlistedMessage, 'conversationId' | 'seq' | 'rev'> {
  key: string
  terms: string
}

export interface SearchState {
  /** Since the first event that has not been read. */
  lagSeconds: number
  /** Messages that were there before are being made to be found. */
  filling: boolean
  filled: number
  /** As many as there are, about. */
  messages: number
}

/** In the order of messages that were found, the newest first. */
export interface FoundPlace {
  /** Microseconds since 1970. */
  at: number
  conversationId: string
  seq: number
}

export interface MessageSearch {
  viewer: Viewer
  key: string
  question: string
  conversationId: string | undefined
  contextType: string | undefined
  contextId: string | undefined
  senderId: string | undefined
  type: string | undefined
  from: string | undefined
  to: string | undefined
  after: FoundPlace | undefined
  limit: number
}

/** The projection by which messages are found: of all tenants, beside their tables. */
export interface SearchIndex {
  /** Changes of messages that are next in the log, about so many. */
  nextEvents(limit: number): Promise<SearchStep>
  /** Of the messages that are to be filled in, so many more. */
  nextUnfilled(limit: number): Promise<SearchStep>
  /** Takes the words of a step's messages. False: somebody else has done a step meanwhile. */
  list(step: object, words: readonly ListedWords[]): Promise<boolean>
  /** Makes all of it anew, beside what is there. */
  startAgain(): Promise<void>
  state(): Promise<SearchState>
  /** The words without their endings, in their order. */
  stems(language: string, words: readonly string[]): Promise<string[]>
  /**
   * The newest first; null where the viewer is not in the conversation that was named. `stoppedAt`: it took long, and what is older
   * than this time was not looked at.
   */
  find(search: MessageSearch): Promise<{ found: { message: Message; at: number }[]; stoppedAt: number | null } | null>
  /** What these are called. */
  names(tenantId: string, conversationIds: readonly string[]): Promise<ReadonlyMap<string, ConversationName>>
}
