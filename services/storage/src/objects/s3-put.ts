import { createReadStream, type ReadStream } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { isPassing } from './s3-failure.ts'

/** Larger files are sent in parts of so many bytes: what fails is sent again from there. S3 has at most 10,000 parts: 160 GB. */
const PART_SIZE = 16 * 1024 * 1024
const TRIES = 3
/** A server that takes less in a second than that is taken for dead. */
const BYTES_PER_SECOND = 256 * 1024
/** Unfinished uploads older than that were left by a process that was killed. */
const ABANDONED_AFTER_MS = 24 * 3_600_000

interface FileToPut {
  Bucket: string
  Key: string
  mime: string
  path: string
  size: number
  partSize?: number | undefined
}

/**
 * Sends a file to its key, in parts where it is large. The bytes go from the disk to the socket, so that memory does not grow with them
 * (lib-storage's `Upload` would hold whole parts).
 */
export async function putFile(
  client: S3Client,
  { mime, path, size, partSize = PART_SIZE, ...target }: FileToPut,
): Promise<void> {
  if (size <= partSize) {
    const about = { ...target, ContentLength: size, ContentType: mime }
    // A stream without bytes is sent chunked, which S3 refuses.
    if (size === 0) await client.send(new PutObjectCommand({ ...about, Body: '' }))
    else
      await sendBytes({ path, start: 0, end: size - 1 }, (Body, options) =>
        client.send(new PutObjectCommand({ ...about, Body }), options),
      )
    return
  }

  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ContentType: mime }))
  try {
    const Parts: { PartNumber: number; ETag: string | undefined }[] = []
    for (let start = 0; start < size; start += partSize) {
      const end = Math.min(start + partSize, size) - 1
      const part = { ...target, UploadId, PartNumber: Parts.length + 1, ContentLength: end + 1 - start }
      const { ETag } = await sendBytes({ path, start, end }, (Body, options) =>
        client.send(new UploadPartCommand({ ...part, Body }), options),
      )
      Parts.push({ PartNumber: part.PartNumber, ETag })
    }
    // Servers that copy the parts together take their time.
    const complete = new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } })
    await client.send(complete, { requestTimeout: timeFor(size) })
  } catch (err) {
    // What cannot be taken back now is aborted by its age.
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => {})
    throw err
  }
}

const timeFor = (bytes: number) => 15_000 + (bytes / BYTES_PER_SECOND) * 1_000

/** A stream is spent by one try, therefore the SDK does not send one again: each try here has its own. */
async function sendBytes<T>(
  { path, start, end }: { path: string; start: number; end: number },
  send: (body: ReadStream, options: { requestTimeout: number; abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    const body = createReadStream(path, { start, end })
    const aborter = new AbortController()
    let unreadable: unknown
    body.once('error', (err) => {
      unreadable = err
      aborter.abort()
    })
    try {
      return await send(body, { requestTimeout: timeFor(end - start), abortSignal: aborter.signal })
    } catch (err) {
      if (unreadable) throw unreadable
      if (tried === TRIES || !isPassing(err)) throw err
    } finally {
      body.destroy()
    }
    await setTimeout(2 ** tried * 50 * (1 + Math.random()))
  }
}

/** Takes back the parts of uploads that were never finished. Servers that cannot list them collect them by a rule of the bucket. */
export async function abortAbandonedUploads(client: S3Client, bucket: string, prefix: string): Promise<void> {
  const abandoned = new Date(Date.now() - ABANDONED_AFTER_MS)
  const listed = await client
    .send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }))
    .catch(() => ({ Uploads: [] }))
  for (const { Key, UploadId, Initiated } of listed.Uploads ?? [])
    if (Initiated && Initiated < abandoned)
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })).catch(() => {})
}
