import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { ServiceRoutes } from '@parley/runtime'
import { rememberActors } from './remember-actors.ts'
import { adminRoutes } from './routes/admin.ts'
import { contextRoutes } from './routes/contexts.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { type DevOptions, devRoutes } from './routes/dev.ts'
import { meRoutes } from './routes/me.ts'
import { messageRoutes } from './routes/messages.ts'
import { participantRoutes } from './routes/participants.ts'
import { userRoutes } from './routes/users.ts'

/** The service's share of the REST API under `/v1`, and outside production what developers need under `/dev`. */
export function conversationApi({ chat, host, admin, sockets, config }: DevOptions): ServiceRoutes {
  return {
    tags: [
      { name: 'conversations', description: 'Direct ones and groups' },
      { name: 'participants', description: 'Who is in a group' },
      { name: 'messages', description: 'Send, read, edit, delete' },
      { name: 'contexts', description: 'What conversations are about' },
      { name: 'users', description: 'Who there is; block and report' },
      { name: 'me', description: 'The user of the token' },
      {
        name: 'admin',
        description: 'For admin tokens and the host: rules, moderation, statistics. All of it is audited',
      },
    ],
    async register(app) {
      if (config.NODE_ENV !== 'production')
        await app.register(devRoutes, { prefix: '/dev', config, chat, host, admin, sockets })
      await app.register(
        async (v1) => {
          const routes = v1.withTypeProvider<TypeBoxTypeProvider>()
          routes.addHook('onRequest', app.admit)
          routes.addHook('preHandler', rememberActors(chat))
          const useCases = { chat, host, admin }
          await routes.register(meRoutes, useCases)
          await routes.register(conversationRoutes, useCases)
          await routes.register(participantRoutes, useCases)
          await routes.register(messageRoutes, useCases)
          await routes.register(contextRoutes, useCases)
          await routes.register(userRoutes, useCases)
          await routes.register(adminRoutes, { ...useCases, prefix: '/admin' })
        },
        { prefix: '/v1' },
      )
    },
  }
}
