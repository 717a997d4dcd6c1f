import { type Actor, type Audience, ParleyError, type Policy } from '@parley/contracts'

/** Stands for the conversation service, which says who is in what and what the rules are: a test says it to this. */
export interface FakeAudience extends Pick<Audience, 'admit' | 'notificationRules'> {
  /** Where the host says that somebody is reached. */
  emails: Map<string, string>
  /** Who is in which conversation. */
  members: Map<string, Set<string>>
  disabled: Set<string>
  /** Of every tenant. */
  rules: Policy['notifications']
}

const nameOf = ({ tenantId, userId }: Pick<Actor, 'tenantId' | 'userId'>) => `${tenantId}/${userId}`

export function createFakeAudience(): FakeAudience {
  const fake: FakeAudience = {
    emails: new Map(),
    members: new Map(),
    disabled: new Set(),
    rules: { channels: ['push', 'email', 'inApp'], previews: true, digestAfterMinutes: null },
    async admit(actor, { conversationId }) {
      if (fake.disabled.has(nameOf(actor))) throw new ParleyError('forbidden', 'This account is disabled')
      if (conversationId !== null && !fake.members.get(conversationId)?.has(nameOf(actor)))
        throw new ParleyError('not_found', 'No such conversation')
      return { role: actor.role, email: fake.emails.get(nameOf(actor)) ?? null, locale: null }
    },
    notificationRules: async () => ({ rules: fake.rules }),
  }
  return fake
}
