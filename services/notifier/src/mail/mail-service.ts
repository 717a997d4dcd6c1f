import type { Audience } from '@parley/contracts'
import { type Logger, type Service, subsystem } from '@parley/runtime'
import type { MailRouteDeps } from '../api/mail-routes.ts'
import { createLinkOf, type LinkOfSettings } from '../conversation-link.ts'
import { createMailLane } from '../domain/mail/mail-lane.ts'
import { createBounces } from '../domain/mail/receive-bounce.ts'
import { createReplies } from '../domain/mail/receive-reply.ts'
import { createUnsubscribe } from '../domain/mail/unsubscribe.ts'
import type { Lane } from '../domain/ports/lane.ts'
import type { Store } from '../domain/ports/store.ts'
import { createPreferencesOf } from '../domain/preferences/preferences.ts'
import { createRulesOf } from '../domain/rules-of.ts'
import type { Sink } from '../sink/sink.ts'
import { createMailReceiver } from './mail-receiver.ts'
import { type MailConfig, openMail } from './open-mail.ts'

export interface MailServiceDeps {
  config: MailConfig & LinkOfSettings
  store: Store
  audience: Pick<Audience, 'sendReply' | 'notificationRules'>
  /** Where e-mails go that have no server. */
  sink: Sink | undefined
  log: Logger
}

export interface MailService extends Service {
  /** Undefined: no e-mails are sent. */
  lane: Lane | undefined
  routes: MailRouteDeps
}

/** E-mails of this process: how they leave, are turned off, and answered. Throws a ConfigError at settings that do not go together. */
export function createMailService(deps: MailServiceDeps): MailService {
  const { config, store, audience, sink, log } = deps
  const mail = openMail(config, sink)
  const { channel, links, replyIdsOf, replyDomain: domain, inboundSecret } = mail
  const preferencesOf = createPreferencesOf({ store, rulesOf: createRulesOf(audience) })
  const linkOf = createLinkOf(config)
  const replies = createReplies({ store, audience, replyIdsOf, domain })
  const bounced = createBounces({ store })
  const receiver =
    mail.listen === undefined
      ? undefined
      : createMailReceiver({
          ...{ listen: mail.listen, replies, bounced, from: config.MAIL_FROM },
          log: subsystem(log, 'mail'),
        })
  return {
    name: 'mail',
    lane:
      channel && createMailLane({ store, channel, preferencesOf, links, linkOf, replyAddressOf: replies.addressOf }),
    routes: { links, unsubscribe: createUnsubscribe({ store, links }), replies, bounced, inboundSecret },
    start: async () => receiver?.start(),
    async close() {
      await receiver?.close()
      mail[Symbol.dispose]()
    },
  }
}
