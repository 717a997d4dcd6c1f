import type { LinkOf } from './domain/ports/words.ts'

export interface LinkOfSettings {
  CONVERSATION_URL?: string
}

/** The host's page of a conversation, as the settings say where it is. */
export const createLinkOf =
  ({ CONVERSATION_URL: page }: LinkOfSettings): LinkOf =>
  (id) =>
    page?.replaceAll('{conversationId}', id) ?? null
