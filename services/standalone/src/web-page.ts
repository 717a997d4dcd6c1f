import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

/** Where the web app was built; null when it was not. */
export function webFolder(): string | null {
  const folder = join(dirname(fileURLToPath(import.meta.resolve('@parley/web/package.json'))), 'dist')
  return existsSync(join(folder, 'index.html')) ? folder : null
}

/** Serves the page at `/`. Its files carry hashes in their names and never change; the page itself is asked for each time. */
export async function webPage(app: FastifyInstance, { folder }: { folder: string }): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    setHeaders(reply, path) {
      reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
