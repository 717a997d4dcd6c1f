import { attachments as attachmentsContract } from '@parley/contracts'
import { type ServiceRoutes, serveHttp } from '@parley/runtime'
import type { Storage } from '../domain/storage.ts'
import { type ContentRouteDeps, contentRoutes, openRoutes } from './content-routes.ts'
import { type UploadDeps, uploadRoute } from './upload-route.ts'

export interface StorageApiDeps extends Omit<ContentRouteDeps, 'storage'>, Omit<UploadDeps, 'storage'> {
  storage: Storage
}

/** The service's share of the REST API under `/v1`. */
export function storageApi(deps: StorageApiDeps): ServiceRoutes {
  return {
    tags: [{ name: 'attachments', description: 'Files of messages, and pictures of people and groups' }],
    async register(app) {
      await app.register(
        async (v1) => {
          v1.addHook('onRequest', app.admit)
          serveHttp(v1, attachmentsContract, deps.storage.attachments)
          await contentRoutes(v1, deps)
          // a form is read on this route alone
          await v1.register(async (uploads) => uploadRoute(uploads, deps))
        },
        { prefix: '/v1' },
      )
      await app.register(
        async (open) => {
          open.addHook('onRequest', (request) => app.guard(request.raw, async () => {}))
          await openRoutes(open, deps)
        },
        { prefix: '/v1' },
      )
    },
  }
}
