import { createHash, timingSafeEqual } from 'node:crypto'
import { ParleyError } from '@parley/contracts'
import type { FastifyRequest } from 'fastify'

const digestOf = (text: string) => createHash('sha256').update(text).digest()

/** Refuses, before anything of the body is read, who does not know what mail providers are told. */
export function inboundGuard(secret: string): (request: FastifyRequest) => Promise<void> {
  const right = digestOf(`Bearer ${secret}`)
  return async ({ headers: { authorization = '' } }) => {
    if (!timingSafeEqual(digestOf(authorization), right))
      throw new ParleyError('unauthenticated', 'Send Authorization: Bearer <MAIL_INBOUND_SECRET>')
  }
}
