import { Type } from 'typebox'
import { Context, ContextRef, UpsertContexts, UpsertedContext } from '../shapes/context.ts'
import { ImportedMessages, ImportMessages, Message } from '../shapes/message.ts'
import { SetMessageState } from '../shapes/message-state.ts'
import { Nothing } from '../shapes/nothing.ts'
import { ListRecipients, RecipientPage } from '../shapes/recipient.ts'
import { UpsertedUser, UpsertUsers, User, UserRef, UserUnread } from '../shapes/user.ts'
import { type Api, defineRpc } from './operation.ts'

/** What the host's backend does, with a service token. */
export const host = defineRpc('parley.rpc.v1.host', {
  upsertUsers: {
    summary: 'The same for up to 100 of them: all or none (service)',
    tag: 'users',
    http: [
      {
        route: 'PUT /users/:userId',
        operationId: 'upsertUser',
        summary: 'Say who a user is (service)',
        description: 'What is left out stays as it was. Users are also made by their tokens, and by being mentioned.',
        oneOf: 'users',
        returns: 'user',
      },
      'PUT /users',
    ],
    input: UpsertUsers,
    output: Type.Object({ data: Type.Array(UpsertedUser) }),
    errors: ['forbidden'],
  },
  getUser: {
    summary: 'A user as they are stored',
    tag: 'admin',
    http: { route: 'GET /admin/users/:userId', operationId: 'inspectUser' },
    input: UserRef,
    output: User,
    errors: ['forbidden', 'not_found'],
  },
  disableUser: {
    summary: 'Shut a user out (admin, service)',
    description: 'Their sockets are closed, and every call is refused with `forbidden`.',
    tag: 'users',
    http: 'PUT /users/:userId/disabled',
    input: UserRef,
    output: Nothing,
    errors: ['forbidden', 'not_found'],
  },
  enableUser: {
    summary: 'Let them in again (admin, service)',
    tag: 'users',
    http: 'DELETE /users/:userId/disabled',
    input: UserRef,
    output: Nothing,
    errors: ['forbidden', 'not_found'],
  },
  getUserUnread: {
    summary: 'How much a user has not read (service)',
    tag: 'users',
    http: 'GET /users/:userId/unread',
    input: UserRef,
    output: UserUnread,
    errors: ['forbidden', 'not_found'],
  },
  listRecipients: {
    summary: 'Who has not read what was written there, and may be told of it (service)',
    description:
      'By user id, each with what they have not read: for backends that tell people themselves. Left out is whoever left, is ' +
      'disabled, or blocks the sender or is blocked by them; and what is deleted, `silent`, imported, or their own.',
    tag: 'conversations',
    http: 'GET /conversations/:conversationId/recipients',
    input: ListRecipients,
    output: RecipientPage,
    errors: ['forbidden', 'not_found'],
  },
  upsertContexts: {
    summary: 'The same for up to 100 of them (service)',
    description: 'One after the other: when the call fails on the way it can be repeated as it is.',
    tag: 'contexts',
    http: [
      {
        route: 'PUT /contexts/:type/:id',
        operationId: 'upsertContext',
        summary: 'Say what a booking, contract or the like is now (service)',
        description:
          'The whole state: members that are not named are none any more. With a `version` that is not higher than the one ' +
          'that is stored, nothing is changed, and the answer is what is stored.',
        oneOf: 'contexts',
        returns: 'context',
      },
      'PUT /contexts',
    ],
    input: UpsertContexts,
    output: Type.Object({ data: Type.Array(UpsertedContext) }),
    errors: ['forbidden'],
  },
  getContext: {
    summary: 'A context as it is stored (service)',
    tag: 'contexts',
    http: 'GET /contexts/:type/:id',
    input: ContextRef,
    output: Context,
    errors: ['forbidden', 'not_found'],
  },
  setMessageState: {
    summary: 'Say that an accepted offer or a confirmed booking is completed, or refuse it (service)',
    description:
      'Refuses one that nobody has decided on as well. In conversations that have ended too. Again changes nothing.',
    tag: 'messages',
    http: 'PUT /messages/:messageId/state',
    input: SetMessageState,
    output: Message,
    errors: ['forbidden', 'not_found', 'already_decided'],
  },
  importMessages: {
    summary: 'Bring in history, up to 100 messages: all or none (service)',
    description:
      'In order, each with its sender, its time and its key. They are marked `imported`, count as read for whoever had ' +
      'read everything, and may not be older than what is in the conversation.',
    tag: 'messages',
    http: 'POST /conversations/:conversationId/messages/batch',
    input: ImportMessages,
    output: ImportedMessages,
    errors: ['forbidden', 'not_found', 'key_reused'],
  },
})
export type Host = Api<typeof host>
