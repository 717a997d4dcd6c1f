import type { MessageTelling } from '@parley/contracts'

/** A message, by where it stands. */
export interface ToldMessage {
  messageId: string
  conversationId: string
  seq: number
}

export interface TellingRepository {
  /** Who was told of a message, and how: in the app, over channels and to webhooks, at most so many of each. */
  of(message: ToldMessage, limit: number): Promise<MessageTelling[]>
}
