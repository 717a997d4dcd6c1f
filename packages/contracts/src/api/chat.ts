import { Me, UserProfile } from '../shapes/actor.ts'
import {
  AddedParticipant,
  AddParticipant,
  ContextConversationRef,
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
  Participant,
  ParticipantPage,
  ParticipantRef,
  ReadState,
  UnreadCount,
  UpdateConversation,
  UpdateParticipant,
} from '../shapes/conversation.ts'
import { EditMessage, Message, MessageRef, SendMessage, SentMessage } from '../shapes/message.ts'
import { Nothing } from '../shapes/nothing.ts'
import { Sync, SyncResult } from '../shapes/sync.ts'
import { BlockList, CreatedReport, CreateReport, UserRef } from '../shapes/user.ts'
import { type Api, defineRpc } from './rpc.ts'

/** Whoever is disabled, or asks too much, is refused by every procedure before it looks at anything. */
const atTheDoor = ['forbidden', 'rate_limited'] as const
const ended = ['conversation_read_only', 'conversation_closed'] as const

/** Everything that a person can do. REST, sockets and RPC are three ways to the same procedures. */
export const chat = defineRpc('parley.rpc.v1.chat', {
  getMe: { input: Nothing, output: Me, errors: ['forbidden'] },
  createConversation: {
    input: CreateConversation,
    output: CreatedConversation,
    errors: [...atTheDoor, 'not_found', 'blocked', 'key_reused'],
  },
  getConversation: { input: ConversationRef, output: Conversation, errors: [...atTheDoor, 'not_found'] },
  listConversations: { input: ListConversations, output: ConversationPage, errors: atTheDoor },
  /** A group's title, picture and metadata. */
  updateConversation: {
    input: UpdateConversation,
    output: Conversation,
    errors: [...atTheDoor, 'not_found', ...ended],
  },
  findContextConversation: { input: ContextConversationRef, output: Conversation, errors: [...atTheDoor, 'not_found'] },
  openContextConversation: {
    input: ContextConversationRef,
    output: CreatedConversation,
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended],
  },
  /** For an admin who is not in it; audited. */
  observeConversation: { input: ConversationRef, output: Conversation, errors: [...atTheDoor, 'not_found'] },
  listParticipants: { input: ListParticipants, output: ParticipantPage, errors: [...atTheDoor, 'not_found'] },
  addParticipant: { input: AddParticipant, output: AddedParticipant, errors: [...atTheDoor, 'not_found', ...ended] },
  removeParticipant: { input: ParticipantRef, output: Nothing, errors: [...atTheDoor, 'not_found'] },
  updateParticipant: { input: UpdateParticipant, output: Participant, errors: [...atTheDoor, 'not_found', ...ended] },
  sendMessage: {
    input: SendMessage,
    output: SentMessage,
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended, 'key_reused'],
    batchKey: (actor, { conversationId, to, context }) =>
      conversationId ?? JSON.stringify([actor.tenantId, actor.userId, to, context]),
  },
  listMessages: { input: ListMessages, output: MessagePage, errors: [...atTheDoor, 'not_found'] },
  getMessage: { input: MessageRef, output: Message, errors: [...atTheDoor, 'not_found'] },
  editMessage: {
    input: EditMessage,
    output: Message,
    errors: [...atTheDoor, 'not_found', 'blocked', 'edit_window_closed', ...ended],
  },
  deleteMessage: {
    input: MessageRef,
    output: Message,
    errors: [...atTheDoor, 'not_found', 'edit_window_closed', ...ended],
  },
  markRead: { input: MarkRead, output: ReadState, errors: [...atTheDoor, 'not_found'] },
  getUnreadCount: { input: ConversationRef, output: UnreadCount, errors: [...atTheDoor, 'not_found'] },
  getTotalUnreadCount: { input: Nothing, output: UnreadCount, errors: atTheDoor },
  getUser: { input: UserRef, output: UserProfile, errors: [...atTheDoor, 'not_found'] },
  blockUser: { input: UserRef, output: Nothing, errors: [...atTheDoor, 'not_found'] },
  unblockUser: { input: UserRef, output: Nothing, errors: atTheDoor },
  listBlocks: { input: Nothing, output: BlockList, errors: atTheDoor },
  report: { input: CreateReport, output: CreatedReport, errors: [...atTheDoor, 'not_found', 'key_reused'] },
  sync: { input: Sync, output: SyncResult, errors: atTheDoor },
})

export type Chat = Api<typeof chat>
