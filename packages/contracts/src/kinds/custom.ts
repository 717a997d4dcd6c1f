import type { MessageKind } from './kind.ts'

/**
 * Every type that is a tenant's own. Its payload is what the policy's schema says; the policy's preview is its content where the
 * sender gives none, so that whoever does not know the type has words to show.
 */
export const customKind: MessageKind = {
  type: 'custom',
  payload: null,
  content: 'optional',
  attachments: 'optional',
  sentBy: 'users',
}
