import type { TestBucket } from '@parley/testkit'
import { startEmbeddedStack, type TestStack } from '../stack/test-stack.ts'

/** A stack that keeps attachments in that bucket, and sends downloads there. */
export const startBucketStack = ({ endpoint, bucket, accessKey, secretKey }: TestBucket): Promise<TestStack> =>
  startEmbeddedStack({
    env: {
      ...{ S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey },
      S3_REDIRECT: 'true',
    },
  })
