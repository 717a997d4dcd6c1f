import type { audience, Concerned, EventPlace, Happened, RecipientsPage, Standing } from '@parley/contracts'
import type { Static } from 'typebox'
import type { CommittedChange } from '../changes/committed-change.ts'

/** A conversation that is asked about. */
export interface AskedConversation {
  conversationId: string
  /** The page begins behind this user. */
  after: string | null
  /** By user id, up to where each was told. */
  told: Readonly<Record<string, number>>
}

/** Some messages of a conversation, as one of those who are in it. */
export interface StandingPlace {
  userId: string
  conversationId: string
  fromSeq: number
  toSeq: number
  /** It may have no messages: what they are told of is none itself. */
  isBare: boolean
}

/** Whom the notification worker has to tell, and what may be told: one question each. */
export interface AudienceReads {
  /** In their order; null where there is no such conversation. */
  recipients(
    tenantId: string,
    asked: readonly AskedConversation[],
    more: { delayMs: number; limit: number },
  ): Promise<(RecipientsPage | null)[]>
  /** What is next in the log of events; see the contract. */
  news(position: string | null, limit: number): Promise<Static<typeof audience.procedures.newsAfter.output>>
  /** What was told before, as it is now; null where it is gone. */
  change(tenantId: string, place: EventPlace): Promise<CommittedChange | null>
  /** A page of who is told that they were let into a conversation, or that its context has changed, from behind a user on. */
  concerned(
    tenantId: string,
    happened: Happened,
    after: string | null,
    limit: number,
  ): Promise<{ concerned: Concerned[]; next: string | null }>
  /** In the order of the places; null for nothing. `unread`: only what is unread and not muted, with what is unread to them. */
  standings(tenantId: string, places: readonly StandingPlace[], unread: boolean): Promise<(Standing | null)[]>
}
