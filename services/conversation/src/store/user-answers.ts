/** What the functions about users answer; see `answers.ts`. */
import { fieldsOf, type Positional } from '@parley/database'

export interface UserAnswer extends StandingAnswer {
  name: string | null
  avatarUrl: string | null
  receiptsHidden: boolean
  presenceHidden: boolean
}
export const storedUser = fieldsOf<UserAnswer>()('stored_user', [
  'name',
  'avatarUrl',
  'hostRole',
  'disabled',
  'roleSaidAt',
  'receiptsHidden',
  'presenceHidden',
  'revokedBefore',
  'endedSessions',
])

export interface StandingAnswer {
  hostRole: string | null
  disabled: boolean
  roleSaidAt: number | null
  revokedBefore: number | null
  /** Each with when it was ended. */
  endedSessions: Record<string, number> | null
}
export const standingFields = fieldsOf<StandingAnswer>()('standings.standing', [
  'hostRole',
  'disabled',
  'roleSaidAt',
  'revokedBefore',
  'endedSessions',
])

export interface RememberedUserAnswer extends UserAnswer {
  /** Somebody who was known has another name or picture than before. */
  renamed: boolean
}
export const rememberedUser = fieldsOf<RememberedUserAnswer>()('remember_user', [
  'name',
  'avatarUrl',
  'hostRole',
  'disabled',
  'roleSaidAt',
  'renamed',
  'receiptsHidden',
  'presenceHidden',
  'revokedBefore',
  'endedSessions',
])

export interface FoundUserAnswer {
  term: string
  userId: string
  name: string | null
  avatarUrl: string | null
}
export const foundUser = fieldsOf<FoundUserAnswer>()('search_users.user', ['term', 'userId', 'name', 'avatarUrl'])

export interface SearchPlaceAnswer {
  term: string
  userId: string
}
export const searchPlace = fieldsOf<SearchPlaceAnswer>()('search_users.place', ['term', 'userId'])

export interface FoundUsersAnswer {
  users: Positional<FoundUserAnswer>[]
  stoppedAt: Positional<SearchPlaceAnswer> | null
}
export const foundUsers = fieldsOf<FoundUsersAnswer>()('search_users', ['users', 'stoppedAt'])

export interface SeenUserAnswer {
  userId: string
  hostRole: string | null
  lastSeenAt: number | null
}
export const seenUser = fieldsOf<SeenUserAnswer>()('presence_seen.user', ['userId', 'hostRole', 'lastSeenAt'])
