import type { FastifyInstance } from 'fastify'
import type { Service } from '../service.ts'

/** Listens while the process runs. */
export function httpService(app: FastifyInstance, { PORT, HOST }: { PORT: number; HOST: string }): Service {
  return {
    name: 'http',
    async start() {
      const address = await app.listen({ port: PORT, host: HOST })
      app.log.info({ address }, 'listening')
    },
    close: () => app.close(),
  }
}
