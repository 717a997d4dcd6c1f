import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Answers with what stays the same while the process runs: made and encoded at the first request, the same bytes for
 * everybody, and nothing but a 304 for whoever has them (RFC 9110, 13.1.2).
 */
export function constantAnswer(type: string, make: () => string) {
  let bytes: Buffer | undefined
  let etag = ''
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (bytes === undefined) {
      bytes = Buffer.from(make())
      etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
    }
    reply.header('etag', etag).header('cache-control', 'no-cache')
    const known = request.headers['if-none-match']
    if (known === '*' || known?.includes(etag)) return reply.code(304).send()
    return reply.type(type).send(bytes)
  }
}
