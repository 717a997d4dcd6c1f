import type { FastifyInstance } from 'fastify'
import type { Service } from '../service.ts'

/** Listens while the process runs, and says that it is not ready as soon as that is to end: others are sent elsewhere while it closes. */
export function httpService(app: FastifyInstance, { PORT, HOST }: { PORT: number; HOST: string }): Service {
  return {
    name: 'http',
    async start() {
      const address = await app.listen({ port: PORT, host: HOST })
      app.log.info({ address }, 'listening')
    },
    ending: () => app.drain(),
    close: () => app.close(),
  }
}
