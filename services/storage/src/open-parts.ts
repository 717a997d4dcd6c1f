import type { Config } from './config.ts'
import { contentDisposition } from './content/content-disposition.ts'
import { createInspect } from './content/inspect.ts'
import { showsInline } from './content/types/media-types.ts'
import type { StorageMountOptions } from './mount.ts'
import { openObjects } from './objects/open-objects.ts'
import { createPreviews } from './previews/previews.ts'
import { createClamd } from './scanner/clamd.ts'

/** What the service stands on besides database and bus, as the settings name it. `objects` is the caller's to dispose of. */
export async function openParts(
  config: Parameters<typeof openObjects>[0] & Pick<Config, 'CLAMD_URL'>,
): Promise<Pick<StorageMountOptions, 'objects' | 'inspect' | 'presentation' | 'previewOf' | 'scanner'>> {
  const inspect = createInspect()
  return {
    objects: await openObjects(config),
    inspect,
    previewOf: createPreviews({ inspect }),
    presentation: { contentDisposition, showsInline },
    ...(config.CLAMD_URL !== undefined && { scanner: createClamd({ url: config.CLAMD_URL }) }),
  }
}
