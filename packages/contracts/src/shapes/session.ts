import { type Static, Type } from 'typebox'
import type { Actor } from './actor.ts'
import { Timestamp, UserId } from './identifiers.ts'
import { orNull } from './or-null.ts'

/** What a session is called: `sid` or `jti` of its tokens, or a hash of a token that has neither. */
export const SessionId = Type.String({
  ...UserId,
  description: 'The `sid` of its tokens, or their `jti`; of a token that has neither, a hash of it',
})

/** Which of a user's tokens are refused. */
export type Revocation = Static<typeof Revocation>
export const Revocation = Type.Object({
  revokedBefore: orNull(Timestamp, 'Those that were issued before; null: none for when they were issued'),
  endedSessions: Type.Array(SessionId),
})

/** Somebody of whom some tokens are refused. */
export type UserRevocation = Static<typeof UserRevocation>
export const UserRevocation = Type.Object({ userId: UserId, ...Revocation.properties })

/** A clock may be so far from ours. Milliseconds. */
export const CLOCK_LEEWAY_MS = 60_000

/**
 * Why a token is refused, if it is: `ended`, its session was; `revoked`, it was issued before its user's tokens were taken back, or does
 * not say when. One that says that it is issued later than any clock may be by now says nothing either. Of no token, nothing is refused.
 */
export function whyRefused(
  { issuedAt, sessionId }: Pick<Actor, 'issuedAt' | 'sessionId'>,
  { revokedBefore, endedSessions }: Revocation,
  now: number,
): 'revoked' | 'ended' | null {
  if (sessionId === undefined) return null
  if (endedSessions.includes(sessionId)) return 'ended'
  if (revokedBefore === null) return null
  const at = (issuedAt ?? 0) * 1000
  return at < Date.parse(revokedBefore) || at > now + CLOCK_LEEWAY_MS ? 'revoked' : null
}

export type RevokeSessions = Static<typeof RevokeSessions>
export const RevokeSessions = Type.Object(
  {
    userId: UserId,
    sessionId: Type.Optional(
      Type.String({ ...SessionId, description: 'Only this session of theirs; left out, all tokens that they have' }),
    ),
    before: Type.Optional(
      Type.String({
        ...Timestamp,
        description:
          'Tokens whose `iat` is earlier are refused, by the clock of whoever issues them; at most a minute from now. Left out: those of this very second too',
      }),
    ),
  },
  { additionalProperties: false },
)

export type RevokedSessions = Static<typeof RevokedSessions>
export const RevokedSessions = Type.Object({
  userId: UserId,
  revokedBefore: orNull(
    Timestamp,
    'Tokens whose `iat` is earlier are refused: hand out new ones from then on. Null while only sessions were ended',
  ),
})

export const SessionRef = Type.Object({ sessionId: SessionId }, { additionalProperties: false })

/** A session whose sockets are connected. */
export type ConnectedSession = Static<typeof ConnectedSession>
export const ConnectedSession = Type.Object({
  sessionId: SessionId,
  userAgent: orNull(Type.String(), 'What the client says that it is'),
  connectedAt: Timestamp,
  lastSeenAt: Type.String({ ...Timestamp, description: 'When somebody last looked at it; now, while somebody does' }),
  sockets: Type.Integer({ description: 'As many as it has now' }),
})

export type OwnSession = Static<typeof OwnSession>
export const OwnSession = Type.Object({
  ...ConnectedSession.properties,
  current: Type.Boolean({ description: 'Whether the token that asks is of it' }),
})

export type OwnSessions = Static<typeof OwnSessions>
export const OwnSessions = Type.Object({
  sessions: Type.Array(OwnSession, { description: 'The one that was connected last comes first' }),
  complete: Type.Boolean({ description: 'False: those at other gateways are not known at the moment' }),
})
