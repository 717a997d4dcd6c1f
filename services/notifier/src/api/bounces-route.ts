import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { ReceiveBounce } from '../domain/mail/receive-bounce.ts'
import { inboundGuard } from './inbound-guard.ts'

export interface BouncesDeps {
  bounced: ReceiveBounce
  /** What a provider says to be let in; undefined: nobody is. */
  secret: string | undefined
}

const Bounces = Type.Object(
  {
    bounces: Type.Array(
      Type.Object(
        {
          messageId: Type.String({ minLength: 3, maxLength: 300 }),
          recipient: Type.String({ minLength: 3, maxLength: 320 }),
          status: Type.Optional(Type.String({ pattern: '^[245]\\.\\d{1,3}\\.\\d{1,3}$' })),
          reason: Type.Optional(Type.String({ maxLength: 2_000 })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 100 },
    ),
  },
  { additionalProperties: false },
)

/** Where a mail provider, or a few lines of the host's between, say what did not arrive: each by the Message-ID of the e-mail and its address. */
export async function bouncesRoute(app: FastifyInstance, { bounced, secret }: BouncesDeps): Promise<void> {
  if (secret === undefined) return
  app.post<{ Body: { bounces: { messageId: string; recipient: string; status?: string; reason?: string }[] } }>(
    '/notifications/bounces',
    { schema: { hide: true, body: Bounces }, onRequest: inboundGuard(secret) },
    async ({ body: { bounces } }) => {
      let known = 0
      for (const { messageId, recipient, status, reason = 'the mail provider says so' } of bounces)
        if (await bounced({ messageIds: [messageId], recipient, status, reason })) known++
      return { known }
    },
  )
}
