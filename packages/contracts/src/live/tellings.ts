import type { Conversation, SharedConversation } from '../shapes/conversation.ts'
import type { Message } from '../shapes/message.ts'
import type { OwnConversation } from '../shapes/own-state.ts'
import type { Change } from './change.ts'
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

/** Stands for `span` reads of a conversation with more readers than are named: how many have read its last message. */
export function countedReads(
  { conversationId, seq, at, readCount }: { conversationId: string; seq: number; at: string; readCount: number },
  span: number,
): Telling<'messages_read'> {
  return { ...ofConversation('messages_read', { conversationId, userId: null, seq, at, readCount }), span }
}

/** Tells all sockets of a viewer how the conversation stands for them. */
export function ownStateOf(viewerId: string, conversation: Conversation): Telling<'conversation_state'> {
  const hearers = { members: false, userIds: [viewerId] }
  return { event: 'conversation_state', data: ownConversationOf(conversation), hearers, span: 0, aboutSeq: 0 }
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
