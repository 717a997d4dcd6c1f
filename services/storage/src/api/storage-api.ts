import { attachments as attachmentsContract, directUploads as directUploadsContract } from '@parley/contracts'
import { type ServiceRoutes, serveHttp } from '@parley/runtime'
import type { Storage } from '../domain/storage.ts'
import type { ResumableUploads } from '../incoming/resumable-uploads.ts'
import { type ContentRouteDeps, contentRoutes, openRoutes } from './content-routes.ts'
import { resumableRoutes } from './resumable-routes.ts'
import { type UploadDeps, uploadRoute } from './upload-route.ts'

export interface StorageApiDeps extends Omit<ContentRouteDeps, 'storage'>, Omit<UploadDeps, 'storage'> {
  storage: Storage
  resumables: ResumableUploads
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
          serveHttp(v1, directUploadsContract, deps.storage.directUploads)
          await contentRoutes(v1, deps)
          // a form is read on this route alone
          await v1.register(async (uploads) => uploadRoute(uploads, deps))
          await v1.register(async (uploads) => resumableRoutes(uploads, deps.resumables))
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
