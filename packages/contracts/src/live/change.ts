import type { EventData } from '../events/events.ts'
import type { ContextRef } from '../shapes/context.ts'
import type { Participant, SharedConversation } from '../shapes/conversation.ts'
import type { Message } from '../shapes/message.ts'
import type { MessageTransition } from '../shapes/message-state.ts'

/**
 * What can become true in a conversation: a kind for each durable event, with what is said of it. Each moves the conversation's
 * position by one. `tellingsOf` makes of it what sockets hear, and `eventDataOf` what the event stream holds.
 */
export type Change =
  | { type: 'message.created' | 'message.updated' | 'message.deleted'; message: Message }
  | { type: 'message.transitioned'; message: Message; transition: MessageTransition; context: ContextRef | null }
  | { type: 'messages.read' | 'messages.delivered'; userId: string; seq: number; at: string }
  | { type: 'conversation.created' | 'conversation.updated'; conversation: SharedConversation }
  | { type: 'participant.joined' | 'participant.updated'; participant: Participant; conversation: SharedConversation }
  | { type: 'participant.left'; participant: Participant }

/** What a receipt says of messages. Whoever has read them has received them. */
export type ReceiptKind = 'read' | 'delivered'

/** What the durable event of a change holds. */
export function eventDataOf(change: Change): EventData {
  switch (change.type) {
    case 'message.created':
    case 'message.updated':
    case 'message.deleted':
      return change.message
    case 'message.transitioned':
      return { message: change.message, context: change.context, ...change.transition }
    case 'messages.read':
    case 'messages.delivered':
      return { userId: change.userId, seq: change.seq, at: change.at }
    case 'conversation.created':
    case 'conversation.updated':
      return change.conversation
    case 'participant.joined':
    case 'participant.updated':
    case 'participant.left':
      return change.participant
  }
}

/** The message that a change is about; undefined where it is about none. */
export function seqOf(change: Change): number | undefined {
  return 'message' in change ? change.message.seq : 'seq' in change ? change.seq : undefined
}

/** The participant that a change is about; undefined where it is about none. */
export function subjectOf(change: Change): string | undefined {
  return 'participant' in change ? change.participant.userId : 'userId' in change ? change.userId : undefined
}
