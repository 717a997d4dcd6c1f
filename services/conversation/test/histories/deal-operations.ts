import type { ActOnMessage, Chat, Message, SentMessage } from '@parley/contracts'
import { append, type ModelConversation, type ModelMessage, plainMessage, say, visibleTo } from './model.ts'
import { type Call, type Mind, nth, type Operation } from './operation.ts'

const payloadFor = (pick: number) => ({ title: `Offer ${pick % 3}`, amount: 100 * pick, currency: 'EUR' })
const pending = { status: 'pending', supersedes: null, supersededBy: null }

const outcomes = { accept: 'accepted', decline: 'declined', withdraw: 'withdrawn', counter: 'superseded' } as const
type Action = keyof typeof outcomes

/** An offer is decided on, and a line of the system's says so. */
function decide(
  conversation: ModelConversation,
  message: ModelMessage,
  {
    action,
    by,
    line,
    supersededBy = null,
  }: { action: Action; by: string; line: Message; supersededBy?: string | null },
): void {
  message.offer = { ...message.offer!, status: outcomes[action], supersededBy }
  message.decision = { action, by, supersededBy }
  const { id, senderId, content } = line
  append(conversation, { ...plainMessage, id, key: id, senderId, content, type: 'system' })
}

/** Its maker takes an offer back by deleting it. */
export const withdrawal = (conversation: ModelConversation, message: ModelMessage, line: Message): void =>
  decide(conversation, message, { action: 'withdraw', by: message.senderId, line })

/** Does something to an offer, and answers with it what the conversation ends with: the line that says so, and a new offer. */
async function act(chat: Chat, { actor, conversationId }: Mind, input: ActOnMessage): Promise<Message[]> {
  await chat.actOnMessage(actor, input)
  return (await chat.listMessages(actor, { conversationId, limit: input.action === 'counter' ? 2 : 1 })).data
}

/** Whatever was decided first counts; the same by the same one is no other decision. */
function actOn(mind: Mind, action: Action): Call | null {
  const { actor, conversationId, pick, key } = mind
  const { userId: by } = actor
  const target = nth(
    mind.messages.filter(({ type }) => type === 'service_offer'),
    pick,
  )
  if (!target) return null
  const payload = payloadFor(pick)
  const isCounter = action === 'counter'
  const input = { messageId: target.id, action, ...(isCounter && { payload, clientId: key }) }
  return {
    make: (chat) => act(chat, mind, input),
    expect(model, answered) {
      const conversation = model.get(conversationId)!
      const message = visibleTo(conversation, by).find(({ id }) => id === target.id)
      if (!message) return 'not_found'
      const { decision, senderId, offer } = message
      if (decision?.action === action && decision.by === by) {
        const made = conversation.messages.find(({ id }) => id === decision.supersededBy)
        if (!isCounter || made?.key === key) return 'ok'
      }
      if (message.isDeleted) return 'forbidden'
      const isMaker = senderId === by
      if (!isCounter && isMaker !== (action === 'withdraw')) return 'forbidden'
      // nobody agrees with who is not there
      const isAgreeing = isCounter || action === 'accept'
      if (isAgreeing && !isMaker && !conversation.people.get(senderId)!.isActive) return 'forbidden'
      if (offer!.status !== 'pending') return 'already_decided'
      const [line, made] = answered as Message[]
      decide(conversation, message, { action, by, line: line!, supersededBy: made?.id ?? null })
      if (made) {
        const countering = { ...payload, ...pending, supersedes: message.id }
        say(conversation, { ...plainMessage, ...typed, id: made.id, senderId: by, key, content: '', offer: countering })
      }
      return 'ok'
    },
  }
}

const typed = { type: 'service_offer' }

/** What people offer each other, and what they make of it. */
export const dealOperations = {
  offer: {
    weight: 4,
    decide({ actor, conversationId, pick, key }) {
      const { userId: senderId } = actor
      const payload = payloadFor(pick)
      return {
        make: (chat) => chat.sendMessage(actor, { conversationId, ...typed, payload, clientId: key }),
        expect(model, answered) {
          const conversation = model.get(conversationId)!
          if (conversation.messages.some((sent) => sent.senderId === senderId && sent.key === key)) return 'ok'
          if (!conversation.people.get(senderId)!.isActive) return 'not_found'
          const { id } = (answered as SentMessage).message
          say(conversation, {
            ...plainMessage,
            ...typed,
            id,
            senderId,
            key,
            content: '',
            offer: { ...payload, ...pending },
          })
          return 'ok'
        },
      }
    },
  },

  accept: { weight: 3, decide: (mind) => actOn(mind, 'accept') },
  decline: { weight: 2, decide: (mind) => actOn(mind, 'decline') },
  withdraw: { weight: 2, decide: (mind) => actOn(mind, 'withdraw') },
  counter: { weight: 3, decide: (mind) => actOn(mind, 'counter') },
} satisfies Record<string, Operation>
