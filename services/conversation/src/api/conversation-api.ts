import { admin as adminContract, chat as chatContract, host as hostContract } from '@parley/contracts'
import { type ServiceRoutes, serveHttp } from '@parley/runtime'
import type { StorageAddress } from '../service.ts'
import { type DevOptions, devRoutes } from './dev-routes.ts'
import { rememberActors } from './remember-actors.ts'
import { takeSendForms } from './send-forms.ts'

export interface ConversationApiOptions extends DevOptions {
  /** Where files go that come with a message. */
  storage?: StorageAddress | undefined
}

/** The service's share of the REST API under `/v1`, and outside production what developers need under `/dev`. */
export function conversationApi({ storage, ...options }: ConversationApiOptions): ServiceRoutes {
  const { chat, host, admin, remember, sockets, config } = options
  return {
    tags: [
      { name: 'conversations', description: 'Direct ones and groups' },
      { name: 'participants', description: 'Who is in a group' },
      { name: 'messages', description: 'Send, read, edit, delete' },
      { name: 'scheduled messages', description: 'Sent at a time of their own' },
      { name: 'canned replies', description: 'Texts at hand, with names and titles filled in' },
      { name: 'contexts', description: 'What conversations are about' },
      { name: 'users', description: 'Who there is; block and report' },
      { name: 'me', description: 'The user of the token' },
      {
        name: 'admin',
        description:
          'For admin tokens and the host: rules, moderation, statistics. What is done is in the audit log, and every look at people, ' +
          'conversations and reports; reading rules, counts and the log itself is not',
      },
    ],
    async register(app) {
      if (config.NODE_ENV !== 'production')
        await app.register(devRoutes, { prefix: '/dev', config, chat, host, admin, remember, sockets })
      await app.register(
        async (v1) => {
          v1.addHook('onRequest', app.admit)
          await takeSendForms(v1, storage)
          v1.addHook('preHandler', rememberActors(remember))
          serveHttp(v1, chatContract, chat)
          serveHttp(v1, hostContract, host)
          serveHttp(v1, adminContract, admin)
        },
        { prefix: '/v1' },
      )
    },
  }
}
