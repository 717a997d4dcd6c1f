import { randomBytes, randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Attachment, DirectUpload } from '@parley/contracts'
import { givenS3, startS3 } from '@parley/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBucketStack } from '../files/bucket-stack.ts'
import { askAs, beginResumable, postJson, resume } from '../files/ways-to-upload.ts'
import { rest } from '../stack/test-client.ts'
import type { TestStack } from '../stack/test-stack.ts'

const text = (size: number) => Buffer.from(randomBytes(size).toString('base64').slice(0, size))

describe('attachments in a bucket', () => {
  let server: Awaited<ReturnType<typeof startS3>>
  let stack: TestStack
  const ana = `ana-${randomUUID()}`
  const ben = `ben-${randomUUID()}`
  let conversationId: string

  beforeAll(async () => {
    server = await startS3()
    stack = await startBucketStack(givenS3() ?? server.at)
    conversationId = (await rest(stack, ana).direct(ben)).id
  })
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]()
    await server?.stop()
  })

  const as = (userId: string) => askAs(stack, userId)
  async function upload(userId: string, bytes: Buffer): Promise<Response> {
    const form = new FormData()
    form.append('conversationId', conversationId)
    form.append('file', new Blob([new Uint8Array(bytes)], { type: 'text/plain' }), 'naïve.txt')
    return as(userId)('POST', '/v1/attachments', { body: form })
  }
  const attachmentIn = async (response: Response) => {
    const { data } = (await response.json()) as { data: { attachment: Attachment }[] }
    return data[0]!.attachment
  }
  /** Follows the way to the bucket, as a browser does. */
  async function download(userId: string, id: string, headers: Record<string, string> = {}) {
    const sent = await as(userId)('GET', `/v1/attachments/${id}/content`)
    expect(sent.status).toBe(302)
    return fetch(sent.headers.get('location')!, { headers })
  }

  test('downloads are sent there, with type, name and ranges; others are sent nowhere', async () => {
    const bytes = text(100_000)
    const attachment = await attachmentIn(await upload(ana, bytes))
    const whole = await download(ana, attachment.id)
    expect(whole.headers.get('content-disposition')).toContain("filename*=UTF-8''na%C3%AFve.txt")
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
    const part = await download(ana, attachment.id, { range: 'bytes=1000-1999' })
    expect(part.status).toBe(206)
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1_000, 2_000))).toBe(true)
    // not sent yet: nobody else knows of it
    expect((await as(ben)('GET', `/v1/attachments/${attachment.id}/content`)).status).toBe(404)
    const head = await as(ana)('HEAD', `/v1/attachments/${attachment.id}/content`)
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '100000'])
  })

  test('a browser uploads straight to it, and the other side has it when it is sent', async () => {
    const bytes = text(50_000)
    const announced = { conversationId, name: 'direct.txt', mime: 'text/plain', size: bytes.length }
    const begun = await postJson(as(ana), '/v1/attachments/direct', announced)
    expect(begun.status).toBe(201)
    const { uploadId, url, fields } = (await begun.json()) as DirectUpload
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob([new Uint8Array(bytes)]), 'any')
    expect((await fetch(url, { method: 'POST', body: form })).status).toBe(204)
    const completed = await postJson(as(ana), `/v1/attachments/direct/${uploadId}/complete`, {})
    expect(completed.status).toBe(200)
    const attachment = (await completed.json()) as Attachment
    expect(attachment).toMatchObject({ name: 'direct.txt', mime: 'text/plain', size: 50_000 })
    expect(Buffer.from(await (await download(ana, attachment.id)).arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('a resumable upload ends there as well', async () => {
    const bytes = text(30_000)
    const metadata = { filename: 'resumed.txt', filetype: 'text/plain', conversationId }
    const begun = await beginResumable(as(ana), 30_000, metadata)
    expect(begun.status).toBe(201)
    const at = begun.headers.get('location')!
    const send = (offset: number, end: number) =>
      resume(as(ana), at, offset, new Uint8Array(bytes.subarray(offset, end)))
    expect((await send(0, 10_000)).headers.get('attachment-id')).toBeNull()
    // all that is there of it is in the bucket: another process goes on with it
    expect(await readdir(join(stack.dataFolder, 'attachments'))).toEqual(['incoming'])
    const id = (await send(10_000, 30_000)).headers.get('attachment-id')!
    const again = await as(ana)('HEAD', at, { headers: { 'tus-resumable': '1.0.0' } })
    expect(again.headers.get('attachment-id')).toBe(id)
    expect(Buffer.from(await (await download(ana, id)).arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('while the server is away uploads are refused with a code and leave nothing; then they are taken again', async ({
    skip,
  }) => {
    if (givenS3()) skip('somebody else’s server is not ours to kill')
    await server.kill('SIGKILL')
    const refused = await upload(ana, text(200_000))
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'unavailable'])
    expect((await fetch(new URL('/readyz', stack.storageUrls[0]))).status).toBe(503)
    const incoming = join(stack.dataFolder, 'attachments', 'incoming')
    const left = await Promise.all((await readdir(incoming)).map((own) => readdir(join(incoming, own))))
    expect(left.flat()).toEqual([])
    await server.restart()
    const bytes = text(200_000)
    const { id } = await attachmentIn(await upload(ana, bytes))
    expect(Buffer.from(await (await download(ana, id)).arrayBuffer()).equals(bytes)).toBe(true)
  })
})
