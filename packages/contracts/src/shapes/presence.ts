import { type Static, Type } from 'typebox'
import { ConversationId, Timestamp, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'

/** As many people as one socket hears of, and as many as one call asks about. */
export const MAX_WATCHED = 200

export type PresenceState = Static<typeof PresenceState>
export const PresenceState = Type.Enum(['active', 'away', 'offline', 'unknown'], {
  description:
    '`active` on some device, `away` on all that they have, `offline`; `unknown` where nobody may tell you, or nobody can at the moment',
})

/** Whether somebody is there, as far as the viewer may know. */
export type Presence = Static<typeof Presence>
export const Presence = Type.Object({
  userId: UserId,
  online: Type.Boolean({ description: 'Whether any device of theirs is connected: `active` or `away`' }),
  state: PresenceState,
  lastSeenAt: orNull(Timestamp, 'When they were there last; null while they are there, and where nobody knows it'),
})

/** Of somebody whom the viewer is not told of: the same whether they are blocked, hide, or do not exist. */
export const unknownPresence = (userId: string): Presence => ({
  ...{ userId, online: false, state: 'unknown', lastSeenAt: null },
})

export type GetPresence = Static<typeof GetPresence>
export const GetPresence = Type.Object(
  {
    userIds: Type.Array(UserId, {
      minItems: 1,
      maxItems: MAX_WATCHED,
      description: 'Whom it is asked of, each as a parameter of its own',
    }),
  },
  { additionalProperties: false },
)

export type WatchPresence = Static<typeof WatchPresence>
export const WatchPresence = Type.Object(
  {
    userIds: Type.Array(UserId, { maxItems: MAX_WATCHED }),
    only: Type.Optional(
      Type.Boolean({ description: 'You hear of these from now on, and no longer of those whom you asked for before' }),
    ),
  },
  { additionalProperties: false },
)

/** What a device says of itself. */
export type SetPresence = Static<typeof SetPresence>
export const SetPresence = Type.Object(
  {
    state: Type.Enum(['active', 'away'], { description: '`away`: nobody looks at this device' }),
    conversationId: Type.Optional(
      orNull(
        ConversationId,
        'What somebody looks at on it: nothing tells them elsewhere of what comes there meanwhile',
      ),
    ),
  },
  { additionalProperties: false },
)

/** Whose presence a viewer may know, and when each of them was there last as far as it is written down. */
export type SeenUser = Static<typeof SeenUser>
export const SeenUser = Type.Object({ userId: UserId, lastSeenAt: orNull(Timestamp) })
