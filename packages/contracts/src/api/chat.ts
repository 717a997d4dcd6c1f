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
  ListMessages,
  ListParticipants,
  MessagePage,
  Participant,
  ParticipantPage,
  ParticipantRef,
  UpdateConversation,
  UpdateParticipant,
} from '../shapes/conversation.ts'
import { DeletedMessages, DeleteMessage, DeleteMessages } from '../shapes/deletion.ts'
import { ForwardedMessages, ForwardMessage } from '../shapes/forwarding.ts'
import { LongCursor } from '../shapes/identifiers.ts'
import {
  EditMessage,
  ListMessageHistory,
  Message,
  MessageRef,
  MessageVersion,
  PinnedMessages,
  SendMessage,
  SentMessage,
} from '../shapes/message.ts'
import { ActOnMessage } from '../shapes/message-state.ts'
import { Nothing } from '../shapes/nothing.ts'
import { pageOf } from '../shapes/pagination.ts'
import { UserPolicy } from '../shapes/policy.ts'
import { ListReactions, React, Reaction } from '../shapes/reaction.ts'
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
import { FoundMessages, SearchMessages } from '../shapes/search.ts'
import { Sync, SyncResult } from '../shapes/sync.ts'
import { BlockList, ListBlocks, SearchUsers, UserPage, UserRef } from '../shapes/user.ts'
import { cannedReplies } from './canned-replies.ts'
import { type Api, defineRpc } from './operation.ts'
import { ownConversations } from './own-conversations.ts'
import { scheduledMessages } from './scheduled-messages.ts'

/** Whoever is disabled, or asks too much, is refused by every procedure before it looks at anything. */
const atTheDoor = ['forbidden', 'rate_limited'] as const
const ended = ['conversation_read_only', 'conversation_closed'] as const

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
      'conversations of more than 50, leave you out. The backend, which hears all events, learns it all the same.',
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
  sendMessage: {
    summary:
      'Send to a conversation, `to` a user, or about a `context`: the first message makes the conversation. Acknowledged when committed',
    tag: 'messages',
    http: [
      {
        route: 'POST /conversations/:conversationId/messages',
        summary: 'Send to a conversation',
        without: ['to', 'context'],
      },
      {
        route: 'POST /messages',
        operationId: 'sendMessageTo',
        summary: 'Send to a conversation, or directly to a user; the first message makes the conversation',
      },
    ],
    socket: 'send_message',
    input: SendMessage,
    output: SentMessage,
    returns: 'message',
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended, 'key_reused'],
    batchKey: (actor, { conversationId, to, context }) =>
      conversationId ?? JSON.stringify([actor.tenantId, actor.userId, to, context]),
  },
  listMessages: {
    summary: 'A page of messages, ascending; without a position the newest',
    tag: 'messages',
    http: 'GET /conversations/:conversationId/messages',
    input: ListMessages,
    output: MessagePage,
    errors: [...atTheDoor, 'not_found'],
  },
  searchMessages: {
    summary: 'Messages that you may read, by their words, the newest first',
    description:
      'All words have to be there; "in quotes" one after the other; the last one may be the beginning of a word. Neither case nor ' +
      'accents matter. Whatever else is typed is text: nothing cannot be asked. A new message is found a moment after it was sent. A page may ' +
      'hold fewer than asked for although more follow.',
    tag: 'messages',
    http: 'GET /messages/search',
    socket: 'search_messages',
    input: SearchMessages,
    output: FoundMessages,
    errors: [...atTheDoor, 'not_found'],
  },
  getMessage: {
    summary: 'One message',
    tag: 'messages',
    http: 'GET /messages/:messageId',
    input: MessageRef,
    output: Message,
    errors: [...atTheDoor, 'not_found'],
  },
  editMessage: {
    summary: 'Replace the text of an own message',
    tag: 'messages',
    http: 'PATCH /messages/:messageId',
    socket: 'edit_message',
    input: EditMessage,
    output: Message,
    errors: [...atTheDoor, 'not_found', 'blocked', 'edit_window_closed', ...ended],
  },
  deleteMessage: {
    summary: 'Delete an own message for everyone, or any that you see for yourself; again changes nothing',
    description:
      'For everyone: its place stays as a tombstone, and its words are gone, from its history and the event stream too. For you: your ' +
      'other devices hear `message_hidden`, and it is in no page, count or preview of yours; the answer is the message as the ' +
      'others see it.',
    tag: 'messages',
    http: 'DELETE /messages/:messageId',
    socket: 'delete_message',
    input: DeleteMessage,
    output: Message,
    errors: [...atTheDoor, 'not_found', 'edit_window_closed', 'already_decided', ...ended],
  },
  deleteMessages: {
    summary: 'The same of up to 100 messages, of any conversations: each has its own outcome',
    tag: 'messages',
    http: 'POST /messages/delete',
    socket: 'delete_messages',
    input: DeleteMessages,
    output: DeletedMessages,
    errors: atTheDoor,
  },
  forwardMessage: {
    summary: 'Pass a message on to up to 20 conversations of yours, each with its own outcome',
    description:
      'It is sent in your name, is marked `forwarded`, and does not say where it comes from. Offers, booking requests and messages of the ' +
      'system are not passed on.',
    tag: 'messages',
    http: 'POST /messages/:messageId/forward',
    socket: 'forward_message',
    input: ForwardMessage,
    output: ForwardedMessages,
    errors: [...atTheDoor, 'not_found'],
  },
  getMessageHistory: {
    summary: 'What a message said before it was edited, the latest first; for its sender and admins',
    description:
      'Of a message that is deleted for everyone there are no words left: its sender finds nothing, and admins that it was edited and ' +
      'deleted, by whom and when. Admins read that of any message, and it is in the audit log.',
    tag: 'messages',
    http: 'GET /messages/:messageId/history',
    input: ListMessageHistory,
    output: pageOf(MessageVersion),
    errors: [...atTheDoor, 'not_found'],
  },
  addReaction: {
    summary: 'React to a message with an emoji; again changes nothing',
    description: 'Where the rules give everybody one reaction a message, it takes the place of the one before.',
    tag: 'messages',
    http: 'PUT /messages/:messageId/reactions/:emoji',
    socket: 'add_reaction',
    input: React,
    output: Message,
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended],
  },
  removeReaction: {
    summary: 'Take an own reaction back; again changes nothing',
    tag: 'messages',
    http: 'DELETE /messages/:messageId/reactions/:emoji',
    socket: 'remove_reaction',
    input: React,
    output: Message,
    errors: [...atTheDoor, 'not_found', ...ended],
  },
  pinMessage: {
    summary: 'Pin a message for everybody in its conversation; again changes nothing',
    description: 'Whose message it is does not matter. Who may is the tenant’s rule; a conversation has at most 50.',
    tag: 'messages',
    http: 'PUT /messages/:messageId/pin',
    socket: 'pin_message',
    input: MessageRef,
    output: Message,
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended],
  },
  unpinMessage: {
    summary: 'Take down what is pinned; again changes nothing',
    tag: 'messages',
    http: 'DELETE /messages/:messageId/pin',
    socket: 'unpin_message',
    input: MessageRef,
    output: Message,
    errors: [...atTheDoor, 'not_found', ...ended],
  },
  listPins: {
    summary: 'What is pinned in a conversation, the latest first; what you do not see is left out',
    tag: 'messages',
    http: 'GET /conversations/:conversationId/pins',
    input: ConversationRef,
    output: PinnedMessages,
    errors: [...atTheDoor, 'not_found'],
  },
  listReactions: {
    summary: 'Who reacted to a message, with what and when, the first one first',
    tag: 'messages',
    http: 'GET /messages/:messageId/reactions',
    input: ListReactions,
    output: pageOf(Reaction, LongCursor),
    errors: [...atTheDoor, 'not_found'],
  },
  actOnMessage: {
    summary: 'Decide on an offer or a booking request',
    description:
      'The other side accepts, declines or counters an offer and confirms or declines a booking request; whoever made it withdraws or ' +
      'counters an offer; either cancels a booking request. In a group everybody else is the other side, the first of whom decides; ' +
      'about a context whoever has another role there. What was decided stays: `already_decided`. The same action again by the same ' +
      'one changes nothing. `counter` takes the `payload` of a new offer, whose id is then `payload.supersededBy`. Each is a ' +
      '`message.transitioned` event, and a line in the conversation.',
    tag: 'messages',
    http: 'POST /messages/:messageId/actions/:action',
    socket: 'act_on_message',
    input: ActOnMessage,
    output: Message,
    errors: [...atTheDoor, 'not_found', 'blocked', 'already_decided', 'key_reused', ...ended],
  },
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
  ...scheduledMessages,
  ...cannedReplies,
})

export type Chat = Api<typeof chat>
