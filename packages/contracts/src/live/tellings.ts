import type { Conversation, SharedConversation } from '../shapes/conversation.ts'
import type { Message } from '../shapes/message.ts'
import type { OwnConversation } from '../shapes/own-state.ts'
import type { Change, ReceiptKind } from './change.ts'
import type { ServerEvent, ServerEventName } from './server-events.ts'

/** Who is told: whoever is in the conversation, or not; and these users besides. */
export interface Hearers {
  members: boolean
  userIds: readonly string[]
}

/** What sockets hear of a change. */
export interface Telling<N extends ServerEventName = ServerEventName> {
  event: N
  data: ServerEvent<N>
  hearers: Hearers
  /** Positions of the conversation that it stands for; 0 for what is personal or said besides. */
  span: number
  /** Only who may see this message may hear it; 0 when it is about none. */
  aboutSeq: number
}

const MEMBERS: Hearers = { members: true, userIds: [] }

/**
 * What sockets hear of a change, in the order in which they hear it: the publisher after a commit, and a gateway that fetched what
 * it missed, say the same. The first telling stands for the change's position.
 */
export function tellingsOf(conversationId: string, change: Change): Telling[] {
  switch (change.type) {
    case 'message.created':
      return [ofMessage('new_message', change.message)]
    case 'message.updated':
    case 'message.deleted':
    case 'message.transitioned':
      return [ofMessage('message_updated', change.message)]
    case 'messages.read': {
      const { userId, seq, at } = change
      return [ofConversation('messages_read', { conversationId, userId, seq, at })]
    }
    case 'messages.delivered': {
      const { userId, seq, at } = change
      return [ofConversation('messages_delivered', { conversationId, userId, seq, at })]
    }
    case 'conversation.created':
      return [ofConversation('new_conversation', change.conversation)]
    case 'conversation.updated':
    case 'participant.updated':
      return [ofConversation('conversation_updated', change.conversation)]
    case 'participant.joined': {
      const { participant, conversation } = change
      return [
        ofConversation('participant_joined', { conversationId, participant }),
        invitationOf(conversation, [participant.userId]),
      ]
    }
    case 'participant.left': {
      // whoever leaves is told as well, and is in the audience no more
      const { userId } = change.participant
      const hearers = { members: true, userIds: [userId] }
      return [{ ...ofConversation('participant_left', { conversationId, userId }), hearers }]
    }
  }
}

/** Tells these users that they are in a conversation; said besides the change that brought them in. */
export function invitationOf(
  conversation: SharedConversation,
  userIds: readonly string[],
): Telling<'new_conversation'> {
  const hearers = { members: false, userIds }
  return { event: 'new_conversation', data: conversation, hearers, span: 0, aboutSeq: 0 }
}

/** How many have read or received the last message of a conversation with more people than receipts name. */
export interface CountedReceipts {
  kind: ReceiptKind
  conversationId: string
  /** The last message's. */
  seq: number
  at: string
  count: number
}

/** Stands for `span` receipts of a conversation with more people than receipts name; 0: said besides. */
export function countedReceipts({ kind, count, ...said }: CountedReceipts, span: number): Telling {
  const told =
    kind === 'read'
      ? ofConversation('messages_read', { ...said, userId: null, readCount: count })
      : ofConversation('messages_delivered', { ...said, userId: null, deliveredCount: count })
  return { ...told, span }
}

/** Tells all sockets of a viewer how the conversation stands for them. */
export function ownStateOf(viewerId: string, own: OwnConversation): Telling<'conversation_state'> {
  const hearers = { members: false, userIds: [viewerId] }
  const { conversationId, cursor, unreadCount, me } = own
  const data = { conversationId, cursor, unreadCount, me }
  return { event: 'conversation_state', data, hearers, span: 0, aboutSeq: 0 }
}

/** Of a conversation, how it stands for who looks at it. */
export function ownConversationOf({ id: conversationId, cursor, unreadCount, me }: Conversation): OwnConversation {
  return { conversationId, cursor, unreadCount, me }
}

/** Tells all sockets of a viewer that they see a message no more. */
export function hiddenFrom(
  viewerId: string,
  { id: messageId, conversationId, seq }: Pick<Message, 'id' | 'conversationId' | 'seq'>,
): Telling<'message_hidden'> {
  const hearers = { members: false, userIds: [viewerId] }
  return { event: 'message_hidden', data: { conversationId, messageId, seq }, hearers, span: 0, aboutSeq: 0 }
}

function ofMessage<N extends 'new_message' | 'message_updated'>(event: N, message: ServerEvent<N>): Telling<N> {
  return { event, data: message, hearers: MEMBERS, span: 1, aboutSeq: message.seq }
}

function ofConversation<N extends ServerEventName>(event: N, data: ServerEvent<N>): Telling<N> {
  return { event, data, hearers: MEMBERS, span: 1, aboutSeq: 0 }
}
