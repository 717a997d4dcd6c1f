import { Type } from 'typebox'
import { Me, UpdateMe, UserProfile } from '../shapes/actor.ts'
import { BroadcastMessage, ListBroadcasts } from '../shapes/broadcast.ts'
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
  ListParticipants,
  Participant,
  ParticipantPage,
  ParticipantRef,
  UpdateConversation,
  UpdateParticipant,
} from '../shapes/conversation.ts'
import { Nothing } from '../shapes/nothing.ts'
import { pageOf } from '../shapes/pagination.ts'
import { UserPolicy } from '../shapes/policy.ts'
import { GetPresence, Presence } from '../shapes/presence.ts'
import {
  DeliveryState,
  ListReceipts,
  MarkMessagesRead,
  MarkRead,
  MarkUnread,
  MessagesRead,
  ReadState,
  ReceiptPage,
  UnreadCount,
} from '../shapes/receipt.ts'
import { CreatedReport, CreateReport } from '../shapes/report.ts'
import { Sync, SyncResult } from '../shapes/sync.ts'
import { BlockList, ListBlocks, SearchUsers, UserPage, UserRef } from '../shapes/user.ts'
import { cannedReplies } from './canned-replies.ts'
import { atTheDoor, ended } from './expected-errors.ts'
import { ownHeldMessages } from './held-messages.ts'
import { messages } from './messages.ts'
import { type Api, defineRpc } from './operation.ts'
import { ownConversations } from './own-conversations.ts'
import { scheduledMessages } from './scheduled-messages.ts'
import { ownSessions } from './sessions.ts'

/** Everything that a person can do. REST, sockets and RPC are three ways to the same procedures. */
export const chat = defineRpc('parley.rpc.v1.chat', {
  getMe: {
    summary: 'Who you are',
    tag: 'me',
    http: 'GET /me',
    input: Nothing,
    output: Me,
    errors: atTheDoor,
  },
  updateMe: {
    summary: 'Change your own settings; what is left out stays as it was',
    description:
      'Without receipts nobody learns from now on what you have received and read, nor you what others have. Counts, in ' +
      'conversations of more than 50, leave you out. The backend, which hears all events, learns it all the same. A picture is uploaded first, with the purpose ' +
      '`profile_picture`, whose `url` is its address.',
    tag: 'me',
    http: 'PATCH /me',
    socket: 'update_me',
    input: UpdateMe,
    output: Me,
    errors: atTheDoor,
  },
  getPolicy: {
    summary: "What the tenant's rules let you do",
    description: 'Rules change seldom: read them after `ready`, and again when a call is refused that they allow.',
    tag: 'me',
    http: { route: 'GET /policy', operationId: 'getUserPolicy' },
    input: Nothing,
    output: UserPolicy,
    errors: atTheDoor,
  },
  createConversation: {
    summary: 'Create a group, or find or create a direct conversation',
    tag: 'conversations',
    http: 'POST /conversations',
    input: CreateConversation,
    output: CreatedConversation,
    returns: 'conversation',
    errors: [...atTheDoor, 'not_found', 'blocked', 'key_reused'],
  },
  getConversation: {
    summary: 'One conversation',
    tag: 'conversations',
    http: 'GET /conversations/:conversationId',
    input: ConversationRef,
    output: Conversation,
    errors: [...atTheDoor, 'not_found'],
  },
  listConversations: {
    summary: 'Your conversations: those that you have pinned, then the most recently active first',
    description:
      'What you have archived stands in its own list, and what you have deleted in none. So many are looked at for a page that one ' +
      'may hold fewer than asked for, or none, although more follow: go on while `hasMore`.',
    tag: 'conversations',
    http: 'GET /conversations',
    input: ListConversations,
    output: ConversationPage,
    errors: atTheDoor,
  },
  updateConversation: {
    summary: 'Change title, picture or metadata of a group',
    tag: 'conversations',
    http: 'PATCH /conversations/:conversationId',
    input: UpdateConversation,
    output: Conversation,
    errors: [...atTheDoor, 'not_found', ...ended],
  },
  findContextConversation: {
    summary: "The context's conversation, when somebody has started it",
    tag: 'contexts',
    http: 'GET /contexts/:type/:id/conversation',
    input: ContextConversationRef,
    output: Conversation,
    errors: [...atTheDoor, 'not_found'],
  },
  openContextConversation: {
    summary: "Find or start the context's conversation",
    tag: 'contexts',
    http: 'POST /contexts/:type/:id/conversation',
    input: ContextConversationRef,
    output: CreatedConversation,
    returns: 'conversation',
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended],
  },
  /** For an admin who is not in it; audited. */
  observeConversation: { input: ConversationRef, output: Conversation, errors: [...atTheDoor, 'not_found'] },
  listParticipants: {
    summary: 'Everybody in a conversation, by user id',
    tag: 'participants',
    http: 'GET /conversations/:conversationId/participants',
    input: ListParticipants,
    output: ParticipantPage,
    errors: [...atTheDoor, 'not_found'],
  },
  addParticipant: {
    summary: "Let somebody into a group; what they see of before is the tenant's policy",
    tag: 'participants',
    http: 'POST /conversations/:conversationId/participants',
    input: AddParticipant,
    output: AddedParticipant,
    returns: 'participant',
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended],
  },
  removeParticipant: {
    summary: 'Remove somebody from a group, or leave it',
    tag: 'participants',
    http: 'DELETE /conversations/:conversationId/participants/:userId',
    input: ParticipantRef,
    output: Nothing,
    errors: [...atTheDoor, 'not_found'],
  },
  updateParticipant: {
    summary: 'Give somebody in a group another role',
    tag: 'participants',
    http: 'PATCH /conversations/:conversationId/participants/:userId',
    input: UpdateParticipant,
    output: Participant,
    errors: [...atTheDoor, 'not_found', ...ended],
  },
  ...messages,
  markRead: {
    summary: 'Say how far you have read; never moves back',
    tag: 'conversations',
    http: 'PUT /conversations/:conversationId/read',
    socket: 'mark_read',
    input: MarkRead,
    output: ReadState,
    errors: [...atTheDoor, 'not_found'],
  },
  ...ownConversations,
  markDelivered: {
    summary: 'Say how far messages have come to one of your devices; never moves back',
    description: 'Whoever has read a message has received it: reading need not be preceded by this.',
    tag: 'conversations',
    http: 'PUT /conversations/:conversationId/delivered',
    socket: 'mark_delivered',
    input: MarkRead,
    output: DeliveryState,
    errors: [...atTheDoor, 'not_found'],
  },
  markUnread: {
    summary: 'Mark a conversation as unread, from a message on, until it is read again',
    description: 'For yourself alone, on all your devices: others go on seeing how far you have read.',
    tag: 'conversations',
    http: 'PUT /conversations/:conversationId/unread',
    socket: 'mark_unread',
    input: MarkUnread,
    output: ReadState,
    errors: [...atTheDoor, 'not_found'],
  },
  markMessagesRead: {
    summary: 'Say that you have read these messages, of any conversations',
    description: 'What stands before a message in its conversation is marked as read as well: there is one watermark.',
    tag: 'messages',
    http: 'POST /reads',
    socket: 'mark_messages_read',
    input: MarkMessagesRead,
    output: MessagesRead,
    errors: atTheDoor,
  },
  listReceipts: {
    summary: 'Who has received and read a message, and when',
    description:
      'Everybody but its sender who may see it, by user id. In a conversation of more than 50 only the counts are told.',
    tag: 'messages',
    http: 'GET /messages/:messageId/receipts',
    input: ListReceipts,
    output: ReceiptPage,
    errors: [...atTheDoor, 'not_found'],
  },
  getUnreadCount: {
    summary: 'Unread messages, counted up to 100',
    tag: 'conversations',
    http: 'GET /conversations/:conversationId/unread-count',
    input: ConversationRef,
    output: UnreadCount,
    errors: [...atTheDoor, 'not_found'],
  },
  getTotalUnreadCount: {
    summary: 'Unread messages over all conversations, counted up to 100; 100 means "99+"',
    tag: 'me',
    http: 'GET /unread-count',
    input: Nothing,
    output: UnreadCount,
    errors: atTheDoor,
  },
  searchUsers: {
    summary: 'Users by name, by the beginnings of its words',
    description:
      'Whom the tenant lets you see, without those who are disabled; admins and the backend see all. A page may hold fewer ' +
      'than asked for although more follow.',
    tag: 'users',
    http: 'GET /users',
    input: SearchUsers,
    output: UserPage,
    errors: atTheDoor,
  },
  getUser: {
    summary: 'A user whom you may see: by the rules everybody, or whom you share a conversation with',
    tag: 'users',
    http: 'GET /users/:userId',
    input: UserRef,
    output: UserProfile,
    errors: [...atTheDoor, 'not_found'],
  },
  getPresence: {
    summary: 'Whether people whom you are in a conversation with are there, and when they were last',
    description:
      'In the order asked, whoever it is: of whom you may not know it, `unknown`. Sockets ask by `get_presence`, and hear of changes.',
    tag: 'users',
    http: 'GET /presence',
    input: GetPresence,
    output: Type.Object({ data: Type.Array(Presence) }),
    errors: atTheDoor,
  },
  blockUser: {
    summary:
      'Block somebody whom you have met: neither of you can write to the other, or let the other into a conversation',
    tag: 'users',
    http: 'PUT /users/:userId/block',
    input: UserRef,
    output: Nothing,
    errors: [...atTheDoor, 'not_found'],
  },
  unblockUser: {
    summary: 'Take a block back',
    tag: 'users',
    http: 'DELETE /users/:userId/block',
    input: UserRef,
    output: Nothing,
    errors: atTheDoor,
  },
  listBlocks: {
    summary: 'Whom you have blocked, by user id',
    tag: 'users',
    http: 'GET /blocks',
    input: ListBlocks,
    output: BlockList,
    errors: atTheDoor,
  },
  report: {
    summary: "Put a message, a conversation or a user before the tenant's admins",
    description:
      'Admins see the words as they are now, also when they are edited or deleted later. Reporting the same again, while the ' +
      'first report is open, counts it up and makes no other one.',
    tag: 'users',
    http: 'POST /reports',
    input: CreateReport,
    output: CreatedReport,
    returns: 'report',
    errors: [...atTheDoor, 'not_found', 'key_reused'],
  },
  listBroadcasts: {
    summary: 'What admins have told everybody in the last 30 days, the newest first',
    tag: 'me',
    http: 'GET /broadcasts',
    input: ListBroadcasts,
    output: pageOf(BroadcastMessage),
    errors: atTheDoor,
  },
  sync: {
    summary: 'What changed since the cursors that you hold',
    tag: 'me',
    http: 'POST /sync',
    socket: 'sync',
    input: Sync,
    output: SyncResult,
    errors: atTheDoor,
  },
  ...ownSessions,
  ...scheduledMessages,
  ...ownHeldMessages,
  ...cannedReplies,
})

export type Chat = Api<typeof chat>
