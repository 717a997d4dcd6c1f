import type { ScheduledMessage, SendMessage, SystemRole } from '@parley/contracts'

/** What is to be sent. The key is the scheduled message's own id. */
export type MessageToSend = Omit<SendMessage, 'clientId'>

/** As what somebody has scheduled a message. */
export interface Scheduler {
  userId: string
  role: SystemRole
  hostRole: string | null
}

export interface ScheduledRecord {
  scheduled: ScheduledMessage
  /** As `scheduled` has it. */
  message: MessageToSend | null
  by: Scheduler
}

/** How it stands. Left out, that is as it was. */
export interface ScheduledChange {
  status: ScheduledMessage['status']
  by?: Scheduler
  message?: MessageToSend | null
  sendAt?: string
  conversationId?: string
  messageId?: string
  error?: { code: string; message: string } | null
}

export interface ScheduledMessages {
  insert(one: { id: string; by: Scheduler; message: MessageToSend; sendAt: string }): Promise<ScheduledMessage>
  /** How many of the user's wait or have failed. */
  countWaiting(userId: string): Promise<number>
  /** Which of these may be sent yet. */
  waitingAmong(ids: readonly string[]): Promise<string[]>
  find(id: string): Promise<ScheduledRecord | null>
  /** The same, until the end of the transaction nobody else's to change. */
  lock(id: string): Promise<ScheduledRecord | null>
  update(id: string, change: ScheduledChange): Promise<ScheduledMessage>
  /** Those that wait or have failed, in the order of their times. */
  list(
    userId: string,
    options: {
      conversationId: string | undefined
      after: { at: string; id: string } | undefined
      limit: number
    },
  ): Promise<ScheduledMessage[]>
}
