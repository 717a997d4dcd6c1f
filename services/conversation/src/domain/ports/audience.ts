import type { audience, Recipient, Standing, UnreadMessage } from '@parley/contracts'
import type { Static } from 'typebox'

/** Whom of a conversation is asked about. */
export interface RecipientsFilter {
  conversationId: string
  /** The page begins behind this user. */
  after: string | null
  limit: number
  delayMs: number
  /** By user id, up to where each was told. */
  told: Readonly<Record<string, number>>
}

/** Some messages of a conversation, as one of those who are in it. */
export interface StandingPlace {
  userId: string
  conversationId: string
  fromSeq: number
  toSeq: number
}

export interface RecipientsPage extends Omit<Static<typeof audience.procedures.recipientsOf.output>, 'conversation'> {
  conversation: NonNullable<Static<typeof audience.procedures.recipientsOf.output>['conversation']>
  recipients: Recipient[]
  messages: UnreadMessage[]
}

/** Whom the notification worker has to tell, and what may be told: one question each. */
export interface AudienceReads {
  /** Null where there is no such conversation. */
  recipients(tenantId: string, filter: RecipientsFilter): Promise<RecipientsPage | null>
  /** What is next in the log of events; see the contract. */
  news(position: string | null, limit: number): Promise<Static<typeof audience.procedures.newsAfter.output>>
  /** In the order of the places; null for nothing. `unread`: only what is unread and not muted, with what is unread to them. */
  standings(tenantId: string, places: readonly StandingPlace[], unread: boolean): Promise<(Standing | null)[]>
}
