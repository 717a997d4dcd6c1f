import { join } from 'node:path'
import type { Bus } from '@parley/bus'
import type { Database } from '@parley/database'
import type { Count, Logger, Mount, RateLimiter, Reading, SetAside } from '@parley/runtime'
import { resumableFiles } from './api/resumable-files.ts'
import { RESUMABLE_PATH } from './api/resumable-routes.ts'
import type { Presentation } from './api/send-content.ts'
import { storageApi } from './api/storage-api.ts'
import type { Inspect, ObjectStore, PreviewOf, VirusScanner } from './domain/ports.ts'
import { createIncomingFiles } from './incoming/incoming-files.ts'
import { ResumableBucket } from './incoming/resumable-bucket.ts'
import { ResumableFolder } from './incoming/resumable-folder.ts'
import { createResumableUploads } from './incoming/resumable-uploads.ts'
import { createLinks, type LinkSettings, linkKeys } from './links.ts'
import { createMeter } from './meter.ts'
import { createStorageService } from './service.ts'

export interface StorageMountOptions {
  config: LinkSettings & { PARLEY_DATA: string; S3_BUCKET?: string | undefined; S3_REDIRECT: boolean }
  /** Opened for `storageOwner`. */
  database: Database
  bus: Bus
  objects: ObjectStore
  inspect: Inspect
  presentation: Presentation
  /** Undefined: nobody looks for viruses. */
  scanner?: VirusScanner | undefined
  /** Undefined: no cards are made of links. */
  previewOf?: PreviewOf | undefined
  /** Its checks are the process's. */
  limiter: RateLimiter & Pick<Mount, 'checks'>
  log: Logger
  /** Told of each thing that is put aside. */
  setAside?: (what: SetAside) => void
  /** Shows what can be measured. */
  show?: (reading: Reading) => void
  /** Shows what is counted. */
  count?: (count: Count) => (by: number, ...labels: string[]) => void
}

/**
 * The storage service, whole, for a process of its own or for one that it shares. Who is in what it asks over the bus. Disposes of nothing
 * that it was given. Throws a ConfigError where links cannot be signed.
 */
export function mountStorage(options: StorageMountOptions): Mount {
  const {
    config,
    database,
    bus,
    objects,
    inspect,
    presentation,
    scanner,
    previewOf,
    limiter,
    log,
    setAside,
    show,
    count,
  } = options
  const links = createLinks(linkKeys(config))
  const folder = join(config.PARLEY_DATA, 'attachments')
  const incoming = createIncomingFiles({ folder: join(folder, 'incoming'), log })
  const resumable = config.S3_BUCKET
    ? new ResumableBucket({ objects, incoming })
    : new ResumableFolder(join(folder, 'resumable'))
  const meter = createMeter({
    show,
    count,
    incomingBytes: incoming.bytes,
    pendingScans: () => service.pendingScans(),
  })
  const service = createStorageService({
    ...{ database, bus, objects, inspect, scanner, previewOf, links, incoming, resumable, log, show },
    ...(setAside && { setAside }),
    tally: meter,
  })
  const { storage } = service
  const resumables = createResumableUploads({
    ...{ store: resumable, path: RESUMABLE_PATH },
    ...resumableFiles({ storage, incoming }),
  })
  return {
    service,
    routes: storageApi({
      storage,
      ...{ objects, presentation, links, incoming, resumables, meter },
      redirects: config.S3_REDIRECT,
      downloaded: meter.downloaded,
    }),
    checks: {
      storageDatabase: () => database.check(),
      objects: () => objects.check(),
      bus: () => {
        if (!bus.connected) throw new Error('not connected')
      },
      // files are taken in without it, and wait
      ...(scanner && { scanner: { optional: true, check: () => scanner.check() } }),
      ...limiter.checks,
    },
  }
}
