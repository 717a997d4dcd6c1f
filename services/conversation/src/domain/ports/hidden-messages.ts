import type { Message } from '@parley/contracts'

/** What somebody has deleted for themself alone. */
export interface HiddenMessages {
  /** Those of the messages that the viewer would see, had they not hidden them. */
  find(viewerId: string, ids: readonly string[]): Promise<Message[]>
  /** Hides these from the viewer: a step of their private counter. */
  add(viewerId: string, conversationId: string, seqs: readonly number[]): Promise<void>
}
