import type { MessageTransition } from '@parley/contracts'

/** How messages came into their states. */
export interface Transitions {
  /** Answers when it was: by the database's clock, like everything else of it. */
  write(messageId: string, rev: number, transition: Omit<MessageTransition, 'at'>): Promise<string>
  /** All of a message, the first one first. */
  of(messageId: string): Promise<MessageTransition[]>
  /** Those at these revisions, by message and revision; `transitionKey` says how. */
  at(places: readonly { messageId: string; rev: number }[]): Promise<Map<string, MessageTransition>>
}

export const transitionKey = ({ messageId, rev }: { messageId: string; rev: number }) => `${messageId} ${rev}`
