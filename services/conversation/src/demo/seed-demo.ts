import type { Chat, Host, UpsertContext } from '@parley/contracts'
import { demoActor, demoHost, demoPeople } from './demo-people.ts'

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

/**
 * People and conversations to look at. Every write carries a clientId, so any number of processes may seed, any number of
 * times, and what people wrote since stays.
 */
export async function seedDemo({ chat, host }: { chat: Chat; host: Host }): Promise<void> {
  for (const { userId } of demoPeople) await chat.getMe(demoActor(userId), {})
  const { data } = await chat.listConversations(demoActor('ana'), { limit: 1 })
  if (data.length > 0) return
  const reads: { reader: Who; conversationId: string; seq: number }[] = []
  for (const { between, lines, readBy } of direct) {
    const [first, second] = between
    const { conversation } = await chat.createConversation(demoActor(first), {
      kind: 'direct',
      participants: [{ userId: second }],
    })
    await say(chat, conversation.id, lines)
    for (const reader of readBy) reads.push({ reader, conversationId: conversation.id, seq: lines.length })
  }
  const { conversation } = await chat.createConversation(demoActor('sam'), {
    kind: 'group',
    title: 'Spring fair, stand 14',
    participants: (['ana', 'ben', 'chloe', 'dev'] as const).map((userId) => ({ userId })),
    clientId: 'demo-group',
  })
  await say(chat, conversation.id, [
    ['sam', 'I have put everybody who works at the stand into this group.'],
    ['chloe', 'Posters are printed, I bring them on Thursday.'],
    ['dev', 'I can take the morning shift.'],
  ])
  await host.upsertContexts(demoHost, { contexts: [booking] })
  const opened = await chat.openContextConversation(demoActor('ana'), { type: booking.type, id: booking.id })
  await say(chat, opened.conversation.id, [
    ['ana', 'Could you do the windows as well? I would pay for the extra hour.'],
    ['ben', 'Gladly. I have put it into the booking: three hours instead of two.'],
    ['ana', 'Great, the key is with the neighbour on the left.'],
  ])
  reads.push({ reader: 'ben', conversationId: opened.conversation.id, seq: 3 })
  // Together, for each waits a moment for others to share its commit.
  await Promise.all(reads.map(({ reader, ...read }) => chat.markRead(demoActor(reader), read)))
}

async function say(chat: Chat, conversationId: string, lines: [Who, string][]): Promise<void> {
  for (const [i, [who, content]] of lines.entries())
    await chat.sendMessage(demoActor(who), { conversationId, content, clientId: `demo-${i}` })
}
