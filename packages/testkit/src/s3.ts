import { createRequire } from 'node:module'
import { startLocalServer } from './local-server.ts'
import type { OwnedServer } from './server.ts'

/** A bucket of an S3-compatible server, and the keys to it. */
export interface TestBucket {
  endpoint: string
  bucket: string
  accessKey: string
  secretKey: string
}

const require = createRequire(import.meta.url)

const BUCKET = 'attachments'
const KEY = 'S3RVER'

/**
 * s3rver in a process of its own, with a bucket. It shows that requests are what S3 expects, and nothing about security: it believes
 * forged signatures.
 */
export async function startS3(): Promise<OwnedServer & { at: TestBucket }> {
  const server = await startLocalServer({
    name: 's3',
    program: process.execPath,
    args: ({ port, data }) => [
      require.resolve('s3rver/bin/s3rver.js'),
      ...['--directory', data, '--address', '127.0.0.1', '--port', String(port)],
      ...['--no-vhost-buckets', '--configure-bucket', BUCKET],
    ],
    url: (port) => `http://127.0.0.1:${port}`,
    ready: /S3rver listening/,
    stopSignal: 'SIGKILL',
    restartSignal: 'SIGTERM',
  })
  return Object.assign(server, { at: { endpoint: server.url, bucket: BUCKET, accessKey: KEY, secretKey: KEY } })
}

/** The bucket that TEST_S3_ENDPOINT, TEST_S3_BUCKET, TEST_S3_ACCESS_KEY and TEST_S3_SECRET_KEY name; undefined where one is unset. */
export function givenS3(): TestBucket | undefined {
  const { TEST_S3_ENDPOINT, TEST_S3_BUCKET, TEST_S3_ACCESS_KEY, TEST_S3_SECRET_KEY } = process.env
  if (!TEST_S3_ENDPOINT || !TEST_S3_BUCKET || !TEST_S3_ACCESS_KEY || !TEST_S3_SECRET_KEY) return undefined
  return {
    endpoint: TEST_S3_ENDPOINT,
    bucket: TEST_S3_BUCKET,
    accessKey: TEST_S3_ACCESS_KEY,
    secretKey: TEST_S3_SECRET_KEY,
  }
}
