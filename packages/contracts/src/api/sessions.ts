import { Nothing } from '../shapes/nothing.ts'
import { OwnSessions, SessionRef } from '../shapes/session.ts'
import { atTheDoor } from './expected-errors.ts'
import type { Procedure } from './operation.ts'

/** Where a user is connected. */
export const ownSessions = {
  listSessions: {
    summary: 'Where you are connected now',
    description:
      'The session of the token that you ask with is `current`. With `complete: false` some are not known at the moment: ask again later.',
    tag: 'me',
    http: 'GET /me/sessions',
    input: Nothing,
    output: OwnSessions,
    errors: atTheDoor,
  },
  endSession: {
    summary: 'End a session of yours, on this device or another; again changes nothing',
    description:
      'Its sockets are closed, and its tokens are refused with `unauthenticated`. Whether it is connected makes no difference.',
    tag: 'me',
    http: 'DELETE /me/sessions/:sessionId',
    input: SessionRef,
    output: Nothing,
    errors: atTheDoor,
  },
} as const satisfies Record<string, Procedure>
