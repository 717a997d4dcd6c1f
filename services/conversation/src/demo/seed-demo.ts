import { type Chat, type Host, ParleyError, type UpsertContext } from '@parley/contracts'
import type { Store } from '../domain/ports.ts'
import { DEMO_TENANT, demoActor, demoHost, demoPeople } from './demo-people.ts'

type Who = (typeof demoPeople)[number]['userId']

const direct: { between: [Who, Who]; lines: [Who, string][]; readBy: Who[] }[] = [
  {
    between: ['ana', 'ben'],
    lines: [
      ['ana', 'Hi Ben, is the deep clean on Friday at 9 still on?'],
      ['ben', 'It is! I bring everything except a ladder. Do you have one?'],
      ['ana', 'Yes, in the hallway cupboard.'],
      ['ben', 'Perfect. I will message you when I am ten minutes away.'],
    ],
    readBy: ['ben'],
  },
  {
    between: ['dev', 'chloe'],
    lines: [
      ['dev', 'Could you do the logo in two colours as well?'],
      ['chloe', 'Sure, I will add it to the second milestone.'],
    ],
    readBy: ['dev', 'chloe'],
  },
  {
    between: ['ana', 'sam'],
    lines: [['sam', 'Welcome to Parley, Ana. Write to us here whenever something is not right.']],
    readBy: [],
  },
]

const booking: UpsertContext = {
  type: 'booking',
  id: 'B-2041',
  title: 'Deep clean, three rooms',
  status: 'confirmed',
  version: 1,
  members: [
    { userId: 'ana', role: 'customer' },
    { userId: 'ben', role: 'provider' },
  ],
}

export interface DemoDeps {
  chat: Chat
  host: Host
  store: Pick<Store, 'snapshot'>
  /** Told of what was left out, and why. */
  onSkipped?: (err: ParleyError, what: string) => void
}

/**
 * People and conversations to look at, in a tenant that has no conversation yet: whoever has worked in it finds it as they left
 * it. What the tenant's rules refuse is left out. Every write carries a clientId, so several processes may seed at once.
 */
export async function seedDemo({ chat, host, store, onSkipped = () => {} }: DemoDeps): Promise<void> {
  if (await isInUse(store)) return
  const allowed = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (err) {
      if (!(err instanceof ParleyError) || err.code === 'unavailable' || err.code === 'internal') throw err
      onSkipped(err, what)
      return undefined
    }
  }
  const say = async (conversationId: string, lines: [Who, string][]) => {
    for (const [i, [who, content]] of lines.entries())
      await allowed('a message', () =>
        chat.sendMessage(demoActor(who), { conversationId, content, clientId: `demo-${i}` }),
      )
  }
  for (const { userId } of demoPeople) await allowed(userId, () => chat.getMe(demoActor(userId), {}))
  // the address of nobody (RFC 2606), for whoever looks at what is sent
  await allowed('addresses', () =>
    host.upsertUsers(demoHost, {
      users: demoPeople.map(({ userId }) => ({ userId, email: `${userId}@example.com` })),
    }),
  )
  const reads: { reader: Who; conversationId: string; seq: number }[] = []
  for (const { between, lines, readBy } of direct) {
    const [first, second] = between
    const made = await allowed('a direct conversation', () =>
      chat.createConversation(demoActor(first), { kind: 'direct', participants: [{ userId: second }] }),
    )
    if (!made) continue
    const conversationId = made.conversation.id
    await say(conversationId, lines)
    for (const reader of readBy) reads.push({ reader, conversationId, seq: lines.length })
  }
  const group = await allowed('a group', () =>
    chat.createConversation(demoActor('sam'), {
      kind: 'group',
      title: 'Spring fair, stand 14',
      participants: (['ana', 'ben', 'chloe', 'dev'] as const).map((userId) => ({ userId })),
      clientId: 'demo-group',
    }),
  )
  if (group)
    await say(group.conversation.id, [
      ['sam', 'I have put everybody who works at the stand into this group.'],
      ['chloe', 'Posters are printed, I bring them on Thursday.'],
      ['dev', 'I can take the morning shift.'],
    ])
  const opened = await allowed('a booking', async () => {
    await host.upsertContexts(demoHost, { contexts: [booking] })
    return chat.openContextConversation(demoActor('ana'), { type: booking.type, id: booking.id })
  })
  if (opened) {
    const conversationId = opened.conversation.id
    await say(conversationId, [
      ['ana', 'Could you do the windows as well? I would pay for the extra hour.'],
      ['ben', 'Gladly. I have put it into the booking: three hours instead of two.'],
      ['ana', 'Great, the key is with the neighbour on the left.'],
    ])
    reads.push({ reader: 'ben', conversationId, seq: 3 })
  }
  // Together, for each waits a moment for others to share its commit.
  await Promise.all(
    reads.map(({ reader, ...read }) => allowed('a receipt', () => chat.markRead(demoActor(reader), read))),
  )
}

/** Whether the demo's tenant has a conversation already, whoever is in it. */
async function isInUse(store: DemoDeps['store']): Promise<boolean> {
  const { ids } = await store.snapshot(DEMO_TENANT, ({ conversations }) => conversations.listAll({ limit: 1 }))
  return ids.length > 0
}
