import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { ObjectStore } from '../domain/ports.ts'
import { openDiskObjects } from './disk-objects.ts'
import { openS3Objects } from './s3-objects.ts'

type Where = Pick<
  Config,
  'PARLEY_DATA' | 'S3_ENDPOINT' | 'S3_PUBLIC_ENDPOINT' | 'S3_BUCKET' | 'S3_REGION' | 'S3_ACCESS_KEY' | 'S3_SECRET_KEY'
>

/** The store that the settings name: the bucket, or else a folder of the data folder. */
export function openObjects(config: Where): Promise<ObjectStore> {
  const { S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY } = config
  if (!S3_BUCKET) return openDiskObjects({ folder: join(config.PARLEY_DATA, 'attachments', 'objects') })
  return openS3Objects({
    bucket: S3_BUCKET,
    region: config.S3_REGION,
    endpoint: config.S3_ENDPOINT,
    publicEndpoint: config.S3_PUBLIC_ENDPOINT,
    ...(S3_ACCESS_KEY &&
      S3_SECRET_KEY && { credentials: { accessKeyId: S3_ACCESS_KEY, secretAccessKey: S3_SECRET_KEY } }),
  })
}
