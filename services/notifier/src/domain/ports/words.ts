import type { NotificationKind, Standing } from '@parley/contracts'

/** What is told, and to whom. */
export interface ToldOf {
  kind: NotificationKind
  standing: Standing
  /** BCP 47; null: not known. */
  locale: string | null
  /** Whether it may say what was written, and by whom. */
  previews: boolean
  /** Where it leads. */
  url: string | null
}

/** What a notification says, in their order: one text each. */
export type Words = (tenantId: string, told: readonly ToldOf[]) => Promise<{ title: string; body: string }[]>

/** The host's page of a conversation; null: there is none. */
export type LinkOf = (conversationId: string) => string | null
