import type { Actor, ContextMember, PolicySettings, UpsertContext } from '@parley/contracts'
import { backendOf } from './callers.ts'
import type { TestWorld } from './test-world.ts'

/** Members of a context, each with a role. */
export const members = (...people: [userId: string, role: string][]): ContextMember[] =>
  people.map(([userId, role]) => ({ userId, role }))
export const both = members(['ana', 'customer'], ['ben', 'provider'])

/** A policy with a kind of context of each sort. */
export const rules: PolicySettings = {
  contexts: {
    booking: {
      conversation: 'one',
      starters: ['customer', 'provider'],
      statuses: {
        done: { conversation: 'read_only', reason: 'completed' },
        warranty: { conversation: 'closed', reason: 'warranty_over', afterSeconds: 3_600 },
        cancelled: { conversation: 'closed' },
      },
    },
    contract: { conversation: 'per_pair', starters: null, statuses: {} },
    milestone: { conversation: 'of_parent', starters: null, statuses: {} },
  },
  groups: { history: 'all' },
}

/** A tenant with these rules, four people and a backend, and what they do to a booking. */
export async function contextScene(world: TestWorld) {
  const { tenantId, ana, ben, joe, eve } = world.people('ana', 'ben', 'joe', 'eve')
  const host = backendOf(ana)
  await world.admin.setPolicy(host, rules)
  const put = async (context: Partial<UpsertContext>) => {
    const { data } = await world.host.upsertContexts(host, {
      contexts: [{ type: 'booking', id: '7', members: both, ...context }],
    })
    return data[0]!
  }
  const say = (who: Actor, content: string, id = '7') =>
    world.chat.sendMessage(who, { context: { type: 'booking', id }, content })
  const seen = async (who: Actor, conversationId: string) =>
    (await world.chat.listMessages(who, { conversationId, limit: 100 })).data.map(({ content }) => content)
  return { ...world, tenantId, ana, ben, joe, eve, backend: host, put, say, seen }
}
