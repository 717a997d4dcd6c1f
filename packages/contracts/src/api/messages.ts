import { ConversationRef, ListMessages, MessagePage } from '../shapes/conversation.ts'
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
import { pageOf } from '../shapes/pagination.ts'
import { ListReactions, React, Reaction } from '../shapes/reaction.ts'
import { FoundMessages, SearchMessages } from '../shapes/search.ts'
import { atTheDoor, ended, moderated } from './expected-errors.ts'
import type { Operation } from './operation.ts'

/** What is done with messages: to send, to read, to find and to change them. */
export const messages = {
  sendMessage: {
    summary:
      'Send to a conversation, `to` a user, or about a `context`: the first message makes the conversation. Acknowledged when committed',
    tag: 'messages',
    http: [
      {
        route: 'POST /conversations/:conversationId/messages',
        summary: 'Send to a conversation',
        description:
          'A form (`multipart/form-data`) with the same fields, and then `file`s, uploads these and sends them with the message in one go; ' +
          '`payload` and `attachments` are JSON in it, and `peaks` and `durationMs` say of a voice message what an upload of it says. What ' +
          'is wrong with a file is refused as its upload would be. With the same `clientId` the same files are sent once.',
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
    errors: [...atTheDoor, 'not_found', 'blocked', ...ended, 'key_reused', ...moderated],
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
    errors: [...atTheDoor, 'not_found', 'blocked', 'edit_window_closed', ...ended, 'rejected_by_host'],
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
    errors: [...atTheDoor, 'not_found', 'blocked', 'already_decided', 'key_reused', ...ended, 'rejected_by_host'],
  },
} as const satisfies Record<string, Operation>
