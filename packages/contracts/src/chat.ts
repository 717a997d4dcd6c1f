import { Type } from 'typebox'
import { Me } from './actor.ts'
import {
  AddedParticipant,
  AddParticipant,
  Conversation,
  ConversationPage,
  ConversationRef,
  CreateConversation,
  CreatedConversation,
  ListConversations,
  ListMessages,
  ListParticipants,
  MarkRead,
  MessagePage,
  ParticipantPage,
  ParticipantRef,
  ReadState,
  UnreadCount,
} from './conversation.ts'
import { EditMessage, Message, MessageRef, SendMessage, SentMessage } from './message.ts'
import { type Api, defineRpc } from './rpc.ts'
import { Sync, SyncResult } from './sync.ts'

const Nothing = Type.Object({}, { additionalProperties: false })

/** Everything that a person can do. REST, sockets and RPC are three ways to the same procedures. */
export const chat = defineRpc('parley.rpc.v1.chat', {
  getMe: { input: Nothing, output: Me, errors: ['forbidden'] },
  createConversation: {
    input: CreateConversation,
    output: CreatedConversation,
    errors: ['forbidden', 'key_reused'],
  },
  getConversation: { input: ConversationRef, output: Conversation, errors: ['not_found'] },
  listConversations: { input: ListConversations, output: ConversationPage, errors: [] },
  listParticipants: { input: ListParticipants, output: ParticipantPage, errors: ['not_found'] },
  addParticipant: { input: AddParticipant, output: AddedParticipant, errors: ['not_found', 'forbidden'] },
  removeParticipant: { input: ParticipantRef, output: Nothing, errors: ['not_found', 'forbidden'] },
  sendMessage: {
    input: SendMessage,
    output: SentMessage,
    errors: ['not_found', 'forbidden', 'conversation_read_only', 'conversation_closed', 'key_reused'],
    batchKey: (actor, input) => input.conversationId ?? `${actor.tenantId}:${actor.userId}:${input.to}`,
  },
  listMessages: { input: ListMessages, output: MessagePage, errors: ['not_found'] },
  getMessage: { input: MessageRef, output: Message, errors: ['not_found'] },
  editMessage: {
    input: EditMessage,
    output: Message,
    errors: ['not_found', 'forbidden', 'conversation_read_only', 'conversation_closed'],
  },
  deleteMessage: {
    input: MessageRef,
    output: Message,
    errors: ['not_found', 'forbidden', 'conversation_read_only', 'conversation_closed'],
  },
  markRead: { input: MarkRead, output: ReadState, errors: ['not_found'] },
  getUnreadCount: { input: ConversationRef, output: UnreadCount, errors: ['not_found'] },
  getTotalUnreadCount: { input: Nothing, output: UnreadCount, errors: [] },
  sync: { input: Sync, output: SyncResult, errors: [] },
})

export type Chat = Api<typeof chat>
