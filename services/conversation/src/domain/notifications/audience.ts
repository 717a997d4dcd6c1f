import type { Audience, EventType, RecipientsPage } from '@parley/contracts'
import { requireAdmin } from '../access.ts'
import { audit } from '../admin/audit.ts'
import { envelopeOf } from '../changes/committed-change.ts'
import { getTotalUnreadCount } from '../conversations/read-conversations.ts'
import type { Deps } from '../deps.ts'
import { sendMessage } from '../messages/send-message.ts'
import { admit } from './admit.ts'
import { concernedBy } from './concerned-by.ts'
import { revocationsOf } from './revocations-of.ts'
import { standings } from './standings.ts'

/** As many changes as one answer is made of, about. */
const NEWS_AT_ONCE = 1_000

/** Of a conversation that there is not. */
const NOBODY: RecipientsPage = {
  conversation: null,
  agedSeq: 0,
  agesInMs: null,
  recipients: [],
  messages: [],
  next: null,
}

const ofSomebody: ReadonlySet<EventType> = new Set([
  'messages.read',
  'messages.delivered',
  'participant.joined',
  'participant.updated',
  'participant.left',
])

/** What the notification worker asks; see the contract. */
export function createAudience(deps: Deps): Audience {
  const { store, policies, access, epochs } = deps
  return {
    admit: (actor, input) => admit(deps, actor, input),
    async sendReply(actor, reply) {
      const { message } = await sendMessage(deps, actor, reply, { unattended: true })
      return { messageId: message.id }
    },
    notificationRules: async ({ tenantId }) => ({ rules: (await policies.of(tenantId)).notifications }),
    newsAfter: (_actor, { position }) => store.audience.news(position, NEWS_AT_ONCE),
    async recipientsOf({ tenantId }, { conversations, ...more }) {
      const asked = conversations.map(({ told, ...place }) => ({
        ...place,
        told: Object.fromEntries(told.map(({ userId, seq }) => [userId, seq])),
      }))
      const pages = await store.audience.recipients(tenantId, asked, more)
      return { pages: pages.map((page) => page ?? NOBODY) }
    },
    async auditAction(given, { action, target }) {
      const actor = await access.identify(given)
      requireAdmin(actor)
      await store.transaction(actor.tenantId, async (uow) => {
        await uow.tenants.ensure()
        await audit(uow, actor, action, target)
      })
      return {}
    },
    concernedBy: ({ tenantId }, { happened, after }) => concernedBy(deps, tenantId, happened, after),
    async standingOf({ tenantId }, { items }) {
      const userIds = [...new Set(items.map(({ userId }) => userId))]
      const [found, revocations] = await Promise.all([
        standings(deps, tenantId, items, true),
        revocationsOf(deps, tenantId, userIds),
      ])
      return { standings: found, ...(revocations.length > 0 && { revocations }) }
    },
    shownOf: async ({ tenantId }, { items }) => ({ standings: await standings(deps, tenantId, items, false) }),
    async eventNow({ tenantId }, place) {
      // of somebody, and nobody is said: no event of ours
      if (ofSomebody.has(place.type) && place.userId === null) return { event: null }
      const change = await store.audience.change(tenantId, place)
      return { event: change && { ...envelopeOf(change, epochs), data: change.data } }
    },
    async unreadOf(actor, { userIds }) {
      const counts = await Promise.all(userIds.map((userId) => getTotalUnreadCount(deps, { ...actor, userId })))
      return { unread: counts.map(({ unreadCount }) => unreadCount) }
    },
  }
}
