import type { Attachment, HeldMessage, HeldMessageCase, HeldStatus } from '@parley/contracts'
import type { MessageDraft, MessageExtras } from './messages.ts'

/** What is to be sent when it is released, as it was said. */
export interface HeldBody {
  type: string
  content: string
  extras: MessageExtras | null
  /** The files that it is to have, or of a message that is passed on those of the original. */
  attachmentIds: string[]
  /** As they were when it was held, for who looks at it. */
  attachments: Attachment[]
}

export interface HeldRecord {
  held: HeldMessage
  bodyHash: string
  body: HeldBody | null
}

/** Under which key a message was sent, and to where. */
export type HeldKey = Pick<MessageDraft, 'conversationId' | 'senderId' | 'clientId'>

export interface HeldChange {
  status: HeldStatus
  decidedBy?: string
  /** Its words are let go of. */
  isSettled?: true
  messageId?: string
  error?: { code: string; message: string }
}

export interface HeldFilter {
  conversationId: string | undefined
  /** From behind that id on. */
  after: string | undefined
  limit: number
}

export interface HeldMessages {
  /** Keeps it, unless one with that key is kept: that is what is answered then. */
  hold(one: HeldKey & { id: string; bodyHash: string; body: HeldBody; why: HeldMessageCase['why'] }): Promise<{
    record: HeldRecord
    created: boolean
  }>
  findByKey(key: HeldKey): Promise<HeldRecord | null>
  find(id: string): Promise<HeldRecord | null>
  /** The same, until the end of the transaction nobody else's to change. */
  lock(id: string): Promise<HeldRecord | null>
  update(id: string, change: HeldChange): Promise<HeldRecord>
  /** Which of these may be sent yet. */
  waitingAmong(keys: readonly HeldKey[]): Promise<HeldKey[]>
  /** Somebody's that wait, the oldest first. */
  listOwn(senderId: string, filter: HeldFilter): Promise<HeldMessage[]>
  /** Everybody's. */
  list(filter: HeldFilter): Promise<HeldMessageCase[]>
  caseOf(id: string): Promise<HeldMessageCase>
}
