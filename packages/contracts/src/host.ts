import { type Static, Type } from 'typebox'
import { Context, ContextRef, UpsertContext, UpsertedContext } from './context.ts'
import { ImportedMessages, ImportMessages } from './message.ts'
import { type Api, defineRpc } from './rpc.ts'
import { UpsertedUser, UpsertUser, User, UserRef } from './user.ts'

/** As many users or contexts as one call may bring. */
export const MAX_BATCH = 100
const Nothing = Type.Object({}, { additionalProperties: false })

export const UpsertUsers = Type.Object(
  { users: Type.Array(UpsertUser, { minItems: 1, maxItems: MAX_BATCH }) },
  { additionalProperties: false },
)
export const UpsertContexts = Type.Object(
  { contexts: Type.Array(UpsertContext, { minItems: 1, maxItems: MAX_BATCH }) },
  { additionalProperties: false },
)
export const UserUnread = Type.Object({
  unreadCount: Type.Integer({ description: 'Over all conversations, each counted up to 100' }),
})
export type UserUnread = Static<typeof UserUnread>

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
