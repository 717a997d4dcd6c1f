import { Type } from 'typebox'
import { Context, ContextRef, UpsertContexts, UpsertedContext } from '../shapes/context.ts'
import { ImportedMessages, ImportMessages } from '../shapes/message.ts'
import { Nothing } from '../shapes/nothing.ts'
import { UpsertedUser, UpsertUsers, User, UserRef, UserUnread } from '../shapes/user.ts'
import { type Api, defineRpc } from './rpc.ts'

/** What the host's backend does, with a service token. */
export const host = defineRpc('parley.rpc.v1.host', {
  upsertUsers: {
    input: UpsertUsers,
    output: Type.Object({ data: Type.Array(UpsertedUser) }),
    errors: ['forbidden'],
  },
  getUser: { input: UserRef, output: User, errors: ['forbidden', 'not_found'] },
  /** Their sockets are closed, and nothing more is theirs to do or read until they are enabled. */
  disableUser: { input: UserRef, output: Nothing, errors: ['forbidden', 'not_found'] },
  enableUser: { input: UserRef, output: Nothing, errors: ['forbidden', 'not_found'] },
  getUserUnread: { input: UserRef, output: UserUnread, errors: ['forbidden', 'not_found'] },
  upsertContexts: {
    input: UpsertContexts,
    output: Type.Object({ data: Type.Array(UpsertedContext) }),
    errors: ['forbidden'],
  },
  getContext: { input: ContextRef, output: Context, errors: ['forbidden', 'not_found'] },
  importMessages: {
    input: ImportMessages,
    output: ImportedMessages,
    errors: ['forbidden', 'not_found', 'key_reused'],
  },
})
export type Host = Api<typeof host>
