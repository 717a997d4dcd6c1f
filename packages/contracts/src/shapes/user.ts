import { type Static, type TSchema, Type } from 'typebox'
import { UserProfile } from './actor.ts'
import { PictureUrl } from './attachment.ts'
import { LongCursor, Timestamp, text, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'
import { Limit, MAX_UPSERTS, pageOf } from './pagination.ts'
import { RoleWord } from './role-word.ts'

const clearable = <T extends TSchema>(schema: T) => Type.Optional(orNull(schema))

const said = {
  name: clearable(text(1, 200)),
  avatarUrl: Type.Optional(PictureUrl),
  role: clearable(RoleWord),
  locale: clearable(Type.String({ maxLength: 35, pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$' })),
  email: clearable(Type.String({ maxLength: 254, pattern: '^[^\\s@\\p{C}]+@[^\\s@\\p{C}]+$' })),
}

/** What the host says of a user. What is left out stays as it was; null clears it. */
export const UserBody = Type.Object(said, { additionalProperties: false })
export type UpsertUser = Static<typeof UpsertUser>
export const UpsertUser = Type.Object({ userId: UserId, ...said }, { additionalProperties: false })

/** A user as the host and admins see them. */
export type User = Static<typeof User>
export const User = Type.Object({
  ...UserProfile.properties,
  role: orNull(Type.String()),
  locale: orNull(Type.String()),
  email: orNull(Type.String()),
  disabledAt: orNull(Timestamp),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export const UpsertedUser = Type.Object({ user: User, created: Type.Boolean() })

export const UpsertUsers = Type.Object(
  { users: Type.Array(UpsertUser, { minItems: 1, maxItems: MAX_UPSERTS }) },
  { additionalProperties: false },
)

export type UserUnread = Static<typeof UserUnread>
export const UserUnread = Type.Object({
  unreadCount: Type.Integer({ description: 'Over all conversations, counted up to 100; 100 means "99+"' }),
})

/** Somebody whom a search has found. */
export type UserSummary = Static<typeof UserSummary>
export const UserSummary = Type.Object(UserProfile.properties)
export const UserPage = pageOf(UserSummary, LongCursor)

export type SearchUsers = Static<typeof SearchUsers>
export const SearchUsers = Type.Object(
  {
    q: Type.String({
      ...text(1, 100),
      description: 'Beginnings of words of the name, in any order; neither case nor accents matter',
    }),
    limit: Type.Optional(Limit),
    cursor: Type.Optional(LongCursor),
  },
  { additionalProperties: false },
)

export const UserRef = Type.Object({ userId: UserId }, { additionalProperties: false })

export type Block = Static<typeof Block>
export const Block = Type.Object({ ...UserProfile.properties, blockedAt: Timestamp })
export type ListBlocks = Static<typeof ListBlocks>
export const ListBlocks = Type.Object(
  { limit: Type.Optional(Limit), cursor: Type.Optional(LongCursor) },
  { additionalProperties: false },
)
export const BlockList = pageOf(Block, LongCursor)
