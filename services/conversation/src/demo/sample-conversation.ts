import type { Actor, ContextRule, Conversation, Policy } from '@parley/contracts'
import type { UseCases } from '../domain/use-cases.ts'
import { newId } from '../new-id.ts'
import { demoPeople } from './demo-people.ts'

const title = 'Deep clean, Friday at 9'

/**
 * A conversation to look at, between whoever asks and somebody of the demo: about a booking, or whatever the tenant's rules
 * have in its place, with messages of both of which two are not read yet.
 */
export async function sampleConversation(
  { chat, host, admin }: Pick<UseCases, 'chat' | 'host' | 'admin'>,
  actor: Actor,
): Promise<Conversation> {
  const backend: Actor = { ...actor, userId: 'parley:sample', role: 'service', hostRole: null, name: null }
  // there are two of them, so one is not whoever asks
  const { userId, name, role } = demoPeople.find((one) => one.role === 'provider' && one.userId !== actor.userId)!
  await host.upsertUsers(backend, { users: [{ userId, name, role }] })
  const { policy } = await admin.getPolicy(backend, {})
  const about = ruleFor(policy)
  if (about) {
    const [own, others] = rolesOf(about.rule)
    const members = [
      { userId: actor.userId, role: own },
      { userId, role: others },
    ]
    const context = { type: about.type, id: `sample-${newId()}`, title, members, metadata: { sample: true } }
    await host.upsertContexts(backend, { contexts: [context] })
    const { type, id } = context
    return talk({ context: { type, id }, ...(about.rule.conversation === 'per_pair' && { to: actor.userId }) })
  }
  return talk({ to: actor.userId })

  async function talk(target: { context?: { type: string; id: string }; to?: string }): Promise<Conversation> {
    const first = await chat.sendMessage(backend, {
      ...target,
      as: userId,
      content: `Hello, this is ${name}. Is there a ladder that I can use?`,
    })
    const { conversationId } = first.message
    await chat.sendMessage(actor, { conversationId, content: 'Yes, in the hallway cupboard.' })
    for (const content of ['Perfect.', 'I will write when I am ten minutes away.'])
      await chat.sendMessage(backend, { conversationId, as: userId, content })
    return chat.getConversation(actor, { conversationId })
  }
}

/** The first type of context that has conversations of its own; undefined where the tenant has none. */
function ruleFor({ contexts }: Policy): { type: string; rule: ContextRule } | undefined {
  const own = Object.entries(contexts).find(([, { conversation }]) => conversation !== 'of_parent')
  return own && { type: own[0] === '*' ? 'booking' : own[0], rule: own[1] }
}

/** Of whoever asks, and of the other. */
function rolesOf({ starters }: ContextRule): [own: string, other: string] {
  const [own = 'customer', other = 'provider'] = starters ?? []
  return [own, other]
}
