import { identitySettings, readConfig, signDevelopmentToken } from '@parley/runtime'
import { Type } from 'typebox'
import { type Answer, callRest, untilAnswered } from './rest.ts'
import type { World } from './world.ts'

const ANSWERED_WITHIN_MS = 30_000

export type Cast = ReturnType<typeof castOf>

/** The people of a world: their tokens, and what they ask over REST. */
export function castOf({ jwtSecret, cluster }: Pick<World, 'jwtSecret' | 'cluster'>) {
  const identity = readConfig(Type.Object(identitySettings), { NODE_ENV: 'test', JWT_SECRET: jwtSecret })
  const tokenOf = (userId: string, { role = 'customer', expiresIn }: { role?: string; expiresIn?: number } = {}) =>
    signDevelopmentToken({ userId, role, ...(expiresIn !== undefined && { expiresIn }) }, identity)
  const host = tokenOf('host', { role: 'service' })
  type Body = Parameters<typeof callRest>[4]
  /** Until it is answered: a scene is set on machines that are busy. */
  const must = async <T>(attempt: () => Promise<Answer<T>>): Promise<T> => {
    const answer = await untilAnswered(attempt, { failed() {}, signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) })
    if (!answer.ok) throw new Error(answer.code)
    return answer.data
  }
  return {
    tokenOf,
    /** Rejects with the code of a refusal. */
    ask: <T>(userId: string, ...request: [method: string, path: string, body?: Body]) =>
      must(() => callRest<T>(cluster.url, tokenOf(userId), ...request)),
    /** As the host's backend. */
    command: <T>(...request: [method: string, path: string, body?: Body]) =>
      must(() => callRest<T>(cluster.url, host, ...request)),
    /** A load is not to be refused for being one; and nothing is said but what is sent. */
    unlimited: () =>
      must(() =>
        callRest(cluster.url, host, 'PUT', '/admin/policy', {
          groups: { notices: false },
          rateLimits: { userMessages: null, conversationMessages: null, tenantMessages: null, userCalls: null },
        }),
      ),
  }
}
