import { ParleyError } from '@parley/contracts'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { ReceiveBounce } from '../domain/mail/receive-bounce.ts'
import type { Replies } from '../domain/mail/receive-reply.ts'
import { MAX_MAIL_BYTES, readMail } from '../mail/read-mail.ts'
import { inboundGuard } from './inbound-guard.ts'

export interface InboundMailDeps {
  replies: Pick<Replies, 'isKnown' | 'receive'>
  bounced: ReceiveBounce
  /** What a provider says to be let in; undefined: nobody is. */
  secret: string | undefined
}

const RECIPIENTS = 10

/** Where a mail provider posts an e-mail that it has received, as it is. For whom it says: in `recipient`, or in the e-mail itself. */
export async function inboundMailRoute(
  app: FastifyInstance,
  { replies, bounced, secret }: InboundMailDeps,
): Promise<void> {
  if (secret === undefined) return
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_MAIL_BYTES }, (_request, body, done) =>
    done(null, body),
  )
  app.post<{ Querystring: { recipient?: string } }>(
    '/notifications/replies',
    {
      schema: {
        hide: true,
        querystring: Type.Object(
          { recipient: Type.Optional(Type.String({ maxLength: 320 })) },
          { additionalProperties: false },
        ),
      },
      // before anything of the body is read
      onRequest: inboundGuard(secret),
    },
    async ({ body, query: { recipient } }) => {
      if (!Buffer.isBuffer(body) || body.length === 0)
        throw new ParleyError('malformed', 'The body is the e-mail, as it is')
      const mail = await readMail(body)
      let isBounce = false
      for (const bounce of mail.bounces) if (await bounced(bounce)) isBounce = true
      if (isBounce) return { received: 1 }
      const named = recipient === undefined ? mail.to.slice(0, RECIPIENTS) : [recipient]
      const known: string[] = []
      for (const address of new Set(named)) if (await replies.isKnown(address)) known.push(address)
      if (known.length === 0) throw new ParleyError('not_found', 'It is for no address of ours')
      for (const address of known) await replies.receive(address, mail)
      return { received: known.length }
    },
  )
}
