import type { Actor, Audience, Notifications } from '@parley/contracts'
import type { PreferencesOf, RulesOf } from '../ports/preferences.ts'
import type { Store } from '../ports/store.ts'
import { effectivePreferences } from './effective-preferences.ts'

export interface PreferenceDeps {
  store: Store
  audience: Pick<Audience, 'admit'>
  rulesOf: RulesOf
  /** Whether there is anything that sends e-mails. */
  sendsEmail: boolean
}

type Preferences = Pick<
  Notifications,
  'getNotificationPreferences' | 'putNotificationPreferences' | 'getNotificationLevel' | 'setNotificationLevel'
>

/** How somebody wants to be told, as they ask and say it themselves. */
export function createPreferences({ store, audience, rulesOf, sendsEmail }: PreferenceDeps): Preferences {
  const admitted = async (actor: Actor) => {
    const { email } = await audience.admit(actor, { conversationId: null })
    return sendsEmail ? email : null
  }
  return {
    async getNotificationPreferences(actor) {
      const email = await admitted(actor)
      const { tenantId, userId } = actor
      const said = (await store.transaction(tenantId, ({ preferences }) => preferences.of([userId]))).get(userId) ?? {}
      return effectivePreferences(said, await rulesOf(tenantId), email)
    },
    async putNotificationPreferences(actor, said) {
      const email = await admitted(actor)
      const { tenantId, userId } = actor
      await store.transaction(tenantId, async ({ preferences, addresses }) => {
        await preferences.put(userId, said)
        // whoever wants e-mails again has seen to their mailbox
        if (email !== null && said.channels?.email === true) await addresses.markReachable(email)
      })
      return effectivePreferences(said, await rulesOf(tenantId), email)
    },
    async getNotificationLevel(actor, { conversationId }) {
      await audience.admit(actor, { conversationId })
      const { tenantId, userId } = actor
      const [said] = await store.transaction(tenantId, ({ preferences }) =>
        preferences.levels([conversationId], [userId]),
      )
      return { conversationId, level: said?.level ?? 'all' }
    },
    async setNotificationLevel(actor, { conversationId, level }) {
      await audience.admit(actor, { conversationId })
      await store.transaction(actor.tenantId, ({ preferences }) =>
        preferences.setLevel(conversationId, actor.userId, level),
      )
      return { conversationId, level }
    },
  }
}

/** How these want to be told, for whoever decides about it. */
export function createPreferencesOf({ store, rulesOf }: Pick<PreferenceDeps, 'store' | 'rulesOf'>): PreferencesOf {
  return async (tenantId, asked) => {
    const userIds = [...new Set(asked.map(({ userId }) => userId))]
    const conversationIds = [...new Set(asked.flatMap(({ conversationId }) => conversationId ?? []))]
    const rules = await rulesOf(tenantId)
    const { said, levels } = await store.transaction(tenantId, async ({ preferences }) => ({
      said: await preferences.of(userIds),
      levels: await preferences.levels(conversationIds, userIds),
    }))
    const levelOf = new Map(levels.map(({ conversationId, userId, level }) => [`${conversationId} ${userId}`, level]))
    return asked.map(({ conversationId, userId, email }) => ({
      preferences: effectivePreferences(said.get(userId) ?? {}, rules, email),
      level: levelOf.get(`${conversationId} ${userId}`) ?? 'all',
    }))
  }
}
