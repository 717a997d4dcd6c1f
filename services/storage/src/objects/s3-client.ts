import { S3Client } from '@aws-sdk/client-s3'

export interface S3Options {
  bucket: string
  region: string
  /** Left out: Amazon's own. */
  endpoint?: string | undefined
  /** The same server as browsers reach it, where that is another address. */
  publicEndpoint?: string | undefined
  /** Left out: the platform's usual sources (environment, files, the machine's role) are asked. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined
}

/** More than the SDK's 50: a paused video holds one for as long as it is paused. */
const SOCKETS = { maxSockets: 500, keepAlive: true }

export function s3Client({ region, credentials }: S3Options, endpoint: string | undefined): S3Client {
  return new S3Client({
    region,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    // Names of buckets are no host names at most servers of one's own.
    forcePathStyle: true,
    // Checksums in trailers are Amazon's; other servers refuse them or store them with the bytes.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    // What fails is said by what is thrown.
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    requestHandler: {
      connectionTimeout: 3_000,
      // Until the answer begins; what flows then may be read as slowly as its reader likes.
      requestTimeout: 15_000,
      throwOnRequestTimeout: true,
      httpAgent: SOCKETS,
      httpsAgent: SOCKETS,
    },
  })
}
