import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { ParleyError } from '@parley/contracts'
import { type ByteRange, MissingObject, type ObjectStore } from '../domain/ports.ts'
import { checkKey, checkPrefix } from './object-key.ts'
import { type S3Options, s3Client } from './s3-client.ts'
import { isMissing, s3Failure } from './s3-failure.ts'
import { abortAbandonedUploads, putFile } from './s3-put.ts'

/** Whether the bucket may be written to is asked by writing to it, which costs: so often. */
const WRITE_CHECK_MS = 60_000

/** Keeps objects in a bucket of an S3-compatible server. The bucket has to be there. */
export async function openS3Objects(options: S3Options & { partSize?: number }): Promise<ObjectStore> {
  const client = s3Client(options, options.endpoint)
  const presigning = options.publicEndpoint ? s3Client(options, options.publicEndpoint) : client
  return new S3Objects(client, presigning, options.bucket, options.partSize)
}

class S3Objects implements ObjectStore {
  readonly #client: S3Client
  /** Signs for browsers; sends nothing. */
  readonly #presigning: S3Client
  readonly #bucket: string
  readonly #partSize: number | undefined
  #writtenAt = 0

  constructor(client: S3Client, presigning: S3Client, bucket: string, partSize: number | undefined) {
    this.#client = client
    this.#presigning = presigning
    this.#bucket = bucket
    this.#partSize = partSize
  }

  async put(key: string, path: string, { mime, size }: { mime: string; size: number }): Promise<void> {
    const target = this.#target(key)
    try {
      const found = (await stat(path)).size
      if (found !== size) throw new TypeError(`A file to be kept has ${found} bytes instead of ${size}`)
      await putFile(this.#client, { ...target, mime, path, size, partSize: this.#partSize })
    } catch (err) {
      throw s3Failure(err, key)
    }
  }

  async open(key: string, range?: ByteRange): Promise<Readable> {
    const target = this.#target(key)
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ ...target, ...(range && { Range: `bytes=${range.start}-${range.end}` }) }),
      )
      if (!(Body instanceof Readable)) throw new TypeError('An object came as something else than a stream of Node')
      return Body
    } catch (err) {
      throw s3Failure(err, key)
    }
  }

  async size(key: string): Promise<number | undefined> {
    const target = this.#target(key)
    try {
      return (await this.#client.send(new HeadObjectCommand(target))).ContentLength
    } catch (err) {
      const failure = s3Failure(err, key)
      if (failure instanceof MissingObject) return undefined
      throw failure
    }
  }

  async remove(key: string): Promise<void> {
    const target = this.#target(key)
    try {
      await this.#client.send(new DeleteObjectCommand(target))
    } catch (err) {
      if (!isMissing(err)) throw s3Failure(err, key)
    }
  }

  async *keys(prefix: string, before: Date): AsyncIterable<string> {
    checkPrefix(prefix)
    await abortAbandonedUploads(this.#client, this.#bucket, prefix)
    let next: string | undefined
    do {
      const page = await this.#client
        .send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: next }))
        .catch((err: unknown) => {
          throw s3Failure(err, prefix)
        })
      for (const { Key, LastModified } of page.Contents ?? [])
        if (Key !== undefined && LastModified !== undefined && LastModified < before) yield Key
      next = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (next !== undefined)
  }

  async fetch(key: string, path: string): Promise<void> {
    const bytes = await this.open(key)
    const file = createWriteStream(path, { flags: 'wx' })
    try {
      await pipeline(bytes, file)
    } catch (err) {
      if (file.bytesWritten > 0) await rm(path, { force: true })
      throw s3Failure(err, key)
    }
  }

  async check(): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }))
      if (Date.now() - this.#writtenAt < WRITE_CHECK_MS) return
      const target = this.#target(`_check/${randomUUID()}`)
      await this.#client.send(new PutObjectCommand({ ...target, Body: 'can be written to' }))
      await this.#client.send(new DeleteObjectCommand(target))
      this.#writtenAt = Date.now()
    } catch (err) {
      const failure = s3Failure(err, this.#bucket)
      if (failure instanceof MissingObject) throw new ParleyError('unavailable', `There is no bucket ${this.#bucket}`)
      if (!(failure instanceof ParleyError && failure.code === 'storage_full')) throw failure
    }
  }

  presignedUrl(
    key: string,
    {
      expiresInSeconds,
      mime,
      contentDisposition,
    }: { expiresInSeconds: number; mime: string; contentDisposition: string },
  ): Promise<string> {
    const get = new GetObjectCommand({
      ...this.#target(key),
      ResponseContentType: mime,
      ResponseContentDisposition: contentDisposition,
    })
    return getSignedUrl(this.#presigning, get, { expiresIn: expiresInSeconds })
  }

  presignedPost(
    key: string,
    { expiresInSeconds, maxBytes }: { expiresInSeconds: number; maxBytes: number },
  ): Promise<{ url: string; fields: Record<string, string> }> {
    return createPresignedPost(this.#presigning, {
      ...this.#target(key),
      Expires: expiresInSeconds,
      Conditions: [['content-length-range', 0, maxBytes]],
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy()
    this.#presigning.destroy()
  }

  #target(key: string): { Bucket: string; Key: string } {
    checkKey(key)
    return { Bucket: this.#bucket, Key: key }
  }
}
