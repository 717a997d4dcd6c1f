import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { givenS3, type OwnedServer, startS3, type TestBucket } from '@parley/testkit'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { keysOf, objectStoreConformance, temporaryFiles } from '../../test/conformance/object-store.ts'
import { openS3Objects } from './s3-objects.ts'

/** As small as S3 allows. */
const PART_SIZE = 5 * 1024 * 1024

let server: OwnedServer & { at: TestBucket }
beforeAll(async () => {
  server = await startS3()
})
afterAll(() => server?.stop())

const openAt = ({ endpoint, bucket, accessKey, secretKey }: TestBucket, more: { partSize?: number } = {}) =>
  openS3Objects({
    ...{ endpoint, bucket, region: 'us-east-1', partSize: PART_SIZE },
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    ...more,
  })

objectStoreConformance('s3rver', () => openAt(server.at))
const given = givenS3()
if (given) objectStoreConformance(given.endpoint, () => openAt(given))

/** An address from which `openAt` is answered so. */
async function answering(listener: RequestListener): Promise<TestBucket> {
  const http = createServer(listener).listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => void http.close().closeAllConnections())
  return { ...server.at, endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }
}

const xml = (code: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>no</Message></Error>`

/** The same server, which dies as soon as so many bytes have been sent to it. */
async function dyingAfter(bytes: number): Promise<TestBucket> {
  let left = bytes
  const proxy = createTcpServer((from) => {
    const to = connect(Number(new URL(server.url).port), '127.0.0.1')
    from.on('data', (data) => {
      left -= data.length
      if (left < 0) void server.kill('SIGKILL')
    })
    for (const socket of [from, to]) socket.on('error', () => {})
    from.pipe(to).pipe(from)
    to.on('close', () => from.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  return { ...server.at, endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
}

describe('a bucket of objects', () => {
  test('a server that is killed in mid-put keeps nothing of a large file, and a retry keeps all of it', async () => {
    await using files = await temporaryFiles()
    await using store = await openAt(server.at)
    const { path, bytes, about } = await files.file(4 * PART_SIZE)
    const folder = `t/${randomUUID()}/`
    const killed = `${folder}killed`

    await using dying = await openAt(await dyingAfter(2.5 * PART_SIZE))
    await expect(dying.put(killed, path, about)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.check()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(store.open(killed)).rejects.toMatchObject({ code: 'unavailable' })

    await server.restart()
    expect(await store.size(killed)).toBeUndefined()
    expect(await keysOf(store, folder)).toEqual([])
    await store.put(killed, path, about)
    expect((await buffer(await store.open(killed))).equals(bytes)).toBe(true)
    await store.check()
  })

  test('a small file survives a server that is away for a moment', async () => {
    await using files = await temporaryFiles()
    const { path, about } = await files.file(100_000)
    let asked = 0
    await using store = await openAt(
      await answering((request, response) => {
        request.resume().on('end', () => response.writeHead(++asked < 3 ? 503 : 200).end())
      }),
    )
    await store.put('t/later', path, about)
    expect(asked).toBe(3)
  })

  test.each([
    [507, 'InsufficientStorage'],
    [400, 'QuotaExceeded'],
    [403, 'XMinioStorageFull'],
  ])('%i %s says that there is no room, at once, and takes back the parts', async (status, code) => {
    await using files = await temporaryFiles()
    const small = await files.file(10)
    const large = await files.file(PART_SIZE + 1)
    const asked: string[] = []
    await using store = await openAt(
      await answering((request, response) => {
        asked.push(`${request.method} ${request.url?.replace(/^.*[?]/, '').replace(/x-id=\w+&?|&x-id=\w+/, '')}`)
        request.resume().on('end', () => {
          if (request.method === 'POST') {
            response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>')
          } else if (request.method === 'DELETE') response.writeHead(204).end()
          else response.writeHead(status).end(xml(code))
        })
      }),
    )
    await expect(store.put('t/small', small.path, small.about)).rejects.toMatchObject({ code: 'storage_full' })
    expect(asked.splice(0)).toHaveLength(1)
    await expect(store.put('t/large', large.path, large.about)).rejects.toMatchObject({ code: 'storage_full' })
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['POST', 'PUT', 'DELETE'])
    // what is there can still be had
    await store.check().catch((err: unknown) => expect(err).toMatchObject({ code: 'unavailable' }))
  })

  test('a wrong key and a bucket that is not there are no missing objects', async () => {
    const refusing = await openAt(
      await answering((_, response) => response.writeHead(403).end(xml('InvalidAccessKeyId'))),
    )
    await expect(refusing.open('t/any')).rejects.toMatchObject({ code: 'unavailable' })
    const elsewhere = await openAt({ ...server.at, bucket: 'another' })
    await expect(elsewhere.open('t/any')).rejects.toMatchObject({ code: 'unavailable' })
    await expect(elsewhere.check()).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('keys come page by page', async () => {
    const page = (key: string, more: string) =>
      `<ListBucketResult>${more}<Contents><Key>${key}</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>`
    await using store = await openAt(
      await answering((request, response) => {
        const query = new URL(`http://x${request.url}`).searchParams
        if (query.has('uploads')) response.end('<ListMultipartUploadsResult></ListMultipartUploadsResult>')
        else if (query.get('continuation-token') === 'more')
          response.end(page('t/2', '<IsTruncated>false</IsTruncated>'))
        else
          response.end(
            page('t/1', '<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>'),
          )
      }),
    )
    expect(await keysOf(store, 't/')).toEqual(['t/1', 't/2'])
  })

  test('parts of an upload that was never finished are taken back by their age', async () => {
    const upload = (id: string, at: Date) =>
      `<Upload><Key>t/${id}</Key><UploadId>${id}</UploadId><Initiated>${at.toISOString()}</Initiated></Upload>`
    const aborted: string[] = []
    await using store = await openAt(
      await answering((request, response) => {
        if (request.method === 'DELETE') {
          aborted.push(new URL(`http://x${request.url}`).searchParams.get('uploadId') ?? '')
          response.writeHead(204).end()
        } else if (request.url?.includes('uploads')) {
          const uploads = upload('old', new Date(Date.now() - 25 * 3_600_000)) + upload('young', new Date())
          response.end(`<ListMultipartUploadsResult>${uploads}</ListMultipartUploadsResult>`)
        } else response.end('<ListBucketResult></ListBucketResult>')
      }),
    )
    expect(await keysOf(store, 't/')).toEqual([])
    expect(aborted).toEqual(['old'])
  })

  for (const [name, at] of Object.entries({
    s3rver: () => server.at,
    ...(given && { [given.endpoint]: () => given }),
  })) {
    test(`${name}: a presigned address answers with the type and name that were signed into it`, async () => {
      await using files = await temporaryFiles()
      await using store = await openAt(at())
      const { path, bytes, about } = await files.file(1_000)
      await store.put('t/shown', path, about)
      const url = await store.presignedUrl?.('t/shown', {
        ...{ expiresInSeconds: 60, mime: 'application/pdf' },
        contentDisposition: `attachment; filename="a b.pdf"; filename*=UTF-8''%E2%82%AC.pdf`,
      })
      const answer = await fetch(url!, { headers: { range: 'bytes=1-3' } })
      expect(answer.status).toBe(206)
      expect(answer.headers.get('content-type')).toBe('application/pdf')
      expect(answer.headers.get('content-disposition')).toContain('%E2%82%AC.pdf')
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes.subarray(1, 4))
      if (name !== 's3rver') {
        expect((await fetch(url!.replace('t/shown', 't/other'))).status).toBe(403)
        expect((await fetch(url!.replace('application%2Fpdf', 'text%2Fhtml'))).status).toBe(403)
      }
      await store.remove('t/shown')
    })

    test(`${name}: a form puts what a browser sends, under the one key that it was made for`, async () => {
      await using store = await openAt(at())
      const { url, fields } = await store.presignedPost!('_incoming/t/one', { expiresInSeconds: 60, maxBytes: 1_000 })
      const send = (size: number, more: Record<string, string> = {}) => {
        const form = new FormData()
        for (const [field, value] of Object.entries({ ...fields, ...more })) form.append(field, value)
        form.append('file', new Blob([Buffer.alloc(size, 'x')]), 'any.bin')
        return fetch(url, { method: 'POST', body: form })
      }
      expect((await send(1_000)).status).toBe(204)
      expect((await buffer(await store.open('_incoming/t/one'))).equals(Buffer.alloc(1_000, 'x'))).toBe(true)
      if (name !== 's3rver') {
        expect((await send(1_001)).status).toBe(400)
        expect((await send(10, { key: '_incoming/t/two' })).status).toBe(403)
      }
      await store.remove('_incoming/t/one')
    })
  }
})
