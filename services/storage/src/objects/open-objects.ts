import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { ObjectStore } from '../domain/ports.ts'
import { openDiskObjects } from './disk-objects.ts'

type Where = Pick<Config, 'PARLEY_DATA' | 'S3_ENDPOINT' | 'S3_BUCKET' | 'S3_REGION' | 'S3_ACCESS_KEY' | 'S3_SECRET_KEY'>

/** The store that the settings name: the bucket, or else a folder of the data folder. */
export function openObjects(config: Where): Promise<ObjectStore> {
  return openDiskObjects({ folder: join(config.PARLEY_DATA, 'attachments', 'objects') })
}
