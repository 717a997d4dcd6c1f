import type { NotificationTemplate, TemplateChannel, TemplateKind, TemplateWords } from '@parley/contracts'

export interface TemplatePlace {
  kind: TemplateKind
  channel: TemplateChannel
  locale: string
}

/** A tenant's own words. */
export interface TemplateRepository {
  list(): Promise<NotificationTemplate[]>
  /** Those of these locales that there are. */
  find(kind: TemplateKind, channel: TemplateChannel, locales: readonly string[]): Promise<NotificationTemplate[]>
  /** False where there is no room for one more. */
  put(place: TemplatePlace, words: TemplateWords, by: string): Promise<boolean>
  remove(place: TemplatePlace): Promise<void>
}

/** As many as a tenant may have. */
export const MAX_TEMPLATES = 300
