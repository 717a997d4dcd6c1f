import { Type } from 'typebox'
import { ConversationName, ConversationRef } from '../shapes/conversation.ts'
import { Draft, ListDrafts, MuteConversation, OwnConversation, PutDraft } from '../shapes/own-state.ts'
import { pageOf } from '../shapes/pagination.ts'
import { atTheDoor } from './expected-errors.ts'
import type { Operation } from './operation.ts'

const errors = [...atTheDoor, 'not_found'] as const

/**
 * What one does with a conversation for oneself: nobody else hears of it. Each answers how the conversation stands for one then, and
 * all of one's sockets hear the same as `conversation_state`.
 */
export const ownConversations = {
  archiveConversation: {
    summary:
      'Put a conversation out of the way: it leaves your list, and comes back with something new unless the rules say no',
    tag: 'conversations',
    http: 'PUT /conversations/:conversationId/archive',
    socket: 'archive_conversation',
    input: ConversationRef,
    output: OwnConversation,
    errors,
  },
  unarchiveConversation: {
    summary: 'Take a conversation back out of the archive',
    tag: 'conversations',
    http: 'DELETE /conversations/:conversationId/archive',
    socket: 'unarchive_conversation',
    input: ConversationRef,
    output: OwnConversation,
    errors,
  },
  muteConversation: {
    summary: 'Be told of nothing new there, for a time or until you take it back; it stays in your list',
    tag: 'conversations',
    http: 'PUT /conversations/:conversationId/mute',
    socket: 'mute_conversation',
    input: MuteConversation,
    output: OwnConversation,
    errors,
  },
  unmuteConversation: {
    summary: 'Be told again',
    tag: 'conversations',
    http: 'DELETE /conversations/:conversationId/mute',
    socket: 'unmute_conversation',
    input: ConversationRef,
    output: OwnConversation,
    errors,
  },
  pinConversation: {
    summary: 'Keep a conversation at the top of your list, out of the archive; the rules say how many',
    tag: 'conversations',
    http: 'PUT /conversations/:conversationId/pin',
    socket: 'pin_conversation',
    input: ConversationRef,
    output: OwnConversation,
    errors,
  },
  unpinConversation: {
    summary: 'Let it go by its activity again',
    tag: 'conversations',
    http: 'DELETE /conversations/:conversationId/pin',
    socket: 'unpin_conversation',
    input: ConversationRef,
    output: OwnConversation,
    errors,
  },
  deleteConversation: {
    summary:
      'Delete a conversation for yourself: its history is gone, and it is in no list of yours until something new comes',
    description:
      'The others keep everything. Who wants to be in it no longer leaves it: `DELETE .../participants/{userId}`.',
    tag: 'conversations',
    http: 'DELETE /conversations/:conversationId',
    socket: 'delete_conversation',
    input: ConversationRef,
    output: OwnConversation,
    errors,
  },
  putDraft: {
    summary: 'Keep what you have begun to write, for all of your devices',
    description:
      'The last one to say something wins. Sending does not take a draft away: delete it when the message is acknowledged.',
    tag: 'conversations',
    http: 'PUT /conversations/:conversationId/draft',
    socket: 'put_draft',
    input: PutDraft,
    output: OwnConversation,
    errors,
  },
  deleteDraft: {
    summary: 'Throw a draft away',
    tag: 'conversations',
    http: 'DELETE /conversations/:conversationId/draft',
    socket: 'delete_draft',
    input: ConversationRef,
    output: OwnConversation,
    errors,
  },
  listDrafts: {
    summary: 'Your drafts, the latest first',
    tag: 'me',
    http: 'GET /drafts',
    input: ListDrafts,
    output: pageOf(Type.Object({ conversation: ConversationName, draft: Draft })),
    errors: atTheDoor,
  },
} as const satisfies Record<string, Operation>
