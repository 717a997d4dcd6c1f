import type { FastifyInstance } from 'fastify'
import { bouncesRoute } from './bounces-route.ts'
import { type InboundMailDeps, inboundMailRoute } from './inbound-mail-route.ts'
import { type UnsubscribeDeps, unsubscribeRoutes } from './unsubscribe-routes.ts'

export interface MailRouteDeps extends UnsubscribeDeps {
  replies: InboundMailDeps['replies']
  bounced: InboundMailDeps['bounced']
  inboundSecret: string | undefined
}

/** What is reached without a token of somebody's: links of e-mails, and mail that a provider has received. */
export async function mailRoutes(
  app: FastifyInstance,
  { replies, bounced, inboundSecret, ...links }: MailRouteDeps,
): Promise<void> {
  app.addHook('onRequest', (request) => app.guard(request.raw, async () => {}))
  await app.register(async (pages) => unsubscribeRoutes(pages, links))
  await app.register(async (mail) => inboundMailRoute(mail, { replies, bounced, secret: inboundSecret }))
  await app.register(async (mail) => bouncesRoute(mail, { bounced, secret: inboundSecret }))
}
