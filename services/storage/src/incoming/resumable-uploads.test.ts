import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Actor, type Attachment, ParleyError } from '@parley/contracts'
import { createHttpApp, createLogger } from '@parley/runtime'
import { expect, onTestFinished, test } from 'vitest'
import { RESUMABLE_PATH, resumableRoutes } from '../api/resumable-routes.ts'
import { ResumableFolder } from './resumable-folder.ts'
import { createResumableUploads, type ResumableUploadsDeps } from './resumable-uploads.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const actorOf = (userId: string): Actor => ({
  ...{ tenantId: 'acme', userId, role: 'user', hostRole: null, name: null, avatarUrl: null },
})

/** A server of resumable uploads over a folder, and what was kept of them. */
async function scene(more: Partial<ResumableUploadsDeps> = {}) {
  const path = await mkdtemp(join(tmpdir(), 'parley-resumable-'))
  const folder = new ResumableFolder(path)
  await folder.start(() => {})
  const kept = new Map<string, Attachment>()
  const bytes: Buffer[] = []
  const deps: ResumableUploadsDeps = {
    ...{ folder, path: RESUMABLE_PATH },
    async admit() {},
    async keep(_actor, file, key) {
      const content = await readFile(file.path)
      expect(file.sha256).toBe(createHash('sha256').update(content).digest('hex'))
      bytes.push(content)
      const attachment = { id: randomUUID(), name: file.said.filename } as Attachment
      kept.set(key, attachment)
      return attachment
    },
    kept: async (_actor, key) => kept.get(key),
    ...more,
  }
  const app = createHttpApp({ log })
  app.decorateRequest('actor')
  app.addHook('onRequest', async (request) => {
    request.actor = actorOf(String(request.headers.authorization ?? 'ana'))
  })
  await app.register(async (v1) => resumableRoutes(v1, createResumableUploads(deps)), { prefix: '/v1' })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(async () => {
    folder.close()
    await app.close()
    await rm(path, { recursive: true, force: true })
  })
  const ask = (method: string, at: string, headers: Record<string, string> = {}, body?: Buffer) =>
    fetch(new URL(at, url), {
      method,
      headers: { 'tus-resumable': '1.0.0', ...headers },
      ...(body && { body: new Uint8Array(body) }),
    })
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return {
    ...{ folder, path, url, bytes, kept, ask },
    begin: (size: number, headers: Record<string, string> = {}, body?: Buffer) =>
      ask(
        'POST',
        RESUMABLE_PATH,
        { 'upload-length': String(size), 'upload-metadata': `filename ${base64('zoë.bin')}`, ...headers },
        body,
      ),
    send: (at: string, offset: number, body: Buffer, headers: Record<string, string> = {}) =>
      ask(
        'PATCH',
        at,
        { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...headers },
        body,
      ),
    head: (at: string, headers: Record<string, string> = {}) => ask('HEAD', at, headers),
  }
}
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

test('an upload comes in parts, and its last answer names the attachment', async () => {
  const { begin, send, head, bytes, kept, path } = await scene()
  const content = randomBytes(300_000)
  const begun = await begin(content.length)
  expect(begun.status).toBe(201)
  expect(begun.headers.get('upload-expires')).toBeTruthy()
  const at = begun.headers.get('location')!
  expect(at).toMatch(/^\/v1\/attachments\/resumable\//)

  const first = await send(at, 0, content.subarray(0, 100_000))
  expect([first.status, first.headers.get('upload-offset'), first.headers.get('attachment-id')]).toEqual([
    204,
    '100000',
    null,
  ])
  expect((await head(at)).headers.get('upload-offset')).toBe('100000')
  const last = await send(at, 100_000, content.subarray(100_000))
  expect(last.status).toBe(204)
  const [attachment] = kept.values()
  expect(attachment?.name).toBe('zoë.bin')
  expect(last.headers.get('attachment-id')).toBe(attachment?.id)
  expect(last.headers.get('access-control-expose-headers')).toContain('attachment-id')
  expect(bytes).toHaveLength(1)
  expect(bytes[0]?.equals(content)).toBe(true)

  // whoever lost that answer asks, and the bytes are not kept twice
  const again = await head(at)
  expect([again.status, again.headers.get('attachment-id'), again.headers.get('upload-offset')]).toEqual([
    ...[200, attachment?.id, '300000'],
  ])
  expect(await readdir(path)).toEqual([expect.stringMatching(/\.json$/)])
})

test('one that is sent as it is begun needs no second request', async () => {
  const { begin, bytes } = await scene()
  const content = randomBytes(1_000)
  const begun = await begin(1_000, { 'content-type': 'application/offset+octet-stream' }, content)
  expect([begun.status, begun.headers.get('attachment-id') !== null]).toEqual([201, true])
  expect(bytes[0]?.equals(content)).toBe(true)
})

test('what came before a connection broke is there, and the rest of it makes the whole', async () => {
  const { begin, send, head, bytes, url } = await scene()
  const content = randomBytes(200_000)
  const at = (await begin(content.length)).headers.get('location')!
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  const lines = [
    `PATCH ${at} HTTP/1.1`,
    'host: x',
    'tus-resumable: 1.0.0',
    'upload-offset: 0',
    'content-length: 200000',
  ]
  socket.write(`${[...lines, 'content-type: application/offset+octet-stream'].join('\r\n')}\r\n\r\n`)
  socket.write(content.subarray(0, 120_000))
  await expect.poll(async () => Number((await head(at)).headers.get('upload-offset'))).toBeGreaterThan(0)
  socket.destroy()
  const offset = Number((await head(at)).headers.get('upload-offset'))
  expect(offset).toBeLessThanOrEqual(120_000)
  expect((await send(at, offset, content.subarray(offset))).status).toBe(204)
  expect(bytes[0]?.equals(content)).toBe(true)
})

test('an upload is its beginner’s alone: to others there is none', async () => {
  const { begin, send, head, ask } = await scene()
  const at = (await begin(10)).headers.get('location')!
  const foreign = { authorization: 'ben' }
  for (const answer of [
    await head(at, foreign),
    await ask('DELETE', at, foreign),
    await send(at, 0, Buffer.alloc(10), foreign),
  ])
    expect(answer.status).toBe(404)
  const absent = `${RESUMABLE_PATH}/${randomUUID()}`
  expect((await head(absent)).status).toBe(404)
  expect((await head(`${RESUMABLE_PATH}/..%2f..%2fx`)).status).toBe(404)
  expect((await ask('DELETE', at)).status).toBe(204)
  expect((await head(at)).status).toBe(404)
})

test('an upload that is refused is refused as it begins, and by what it turns out to be it goes', async () => {
  const { begin, send, head, path } = await scene({
    async admit(_actor, { size }) {
      if (size > 1_000) throw new ParleyError('payload_too_large', 'too large')
    },
    async keep() {
      throw new ParleyError('unreadable_file', 'broken')
    },
  })
  expect(await codeOf(await begin(1_001))).toBe('payload_too_large')
  expect(await readdir(path)).toEqual([])
  const at = (await begin(10)).headers.get('location')!
  expect(await codeOf(await send(at, 0, Buffer.alloc(10)))).toBe('unreadable_file')
  expect((await head(at)).status).toBe(404)
  expect(await readdir(path)).toEqual([])
})

test('what could not be kept for now is kept when its uploader asks again', async () => {
  let isFull = true
  const { begin, send, head } = await scene({
    async keep() {
      if (isFull) throw new ParleyError('storage_full', 'full')
      return { id: 'kept-later' } as Attachment
    },
  })
  const at = (await begin(10)).headers.get('location')!
  expect(await codeOf(await send(at, 0, Buffer.alloc(10)))).toBe('storage_full')
  expect((await head(at)).status).toBe(507)
  isFull = false
  expect((await head(at)).headers.get('attachment-id')).toBe('kept-later')
})

test('requests that are not of the protocol each have a code', async () => {
  const { begin, send, ask, url } = await scene()
  const at = (await begin(10)).headers.get('location')!
  const { status } = await fetch(new URL(RESUMABLE_PATH, url), { method: 'POST', headers: { 'upload-length': '1' } })
  expect(status).toBe(400)
  expect(await codeOf(await ask('POST', RESUMABLE_PATH))).toBe('malformed')
  expect(await codeOf(await ask('POST', RESUMABLE_PATH, { 'upload-length': '-1' }))).toBe('malformed')
  expect(await codeOf(await ask('POST', RESUMABLE_PATH, { 'upload-defer-length': '1' }))).toBe('not_supported')
  expect(await codeOf(await begin(10, { 'upload-metadata': 'filename not base 64' }))).toBe('malformed')
  expect(await codeOf(await send(at, 5, Buffer.alloc(5)))).toBe('wrong_offset')
  expect(await codeOf(await send(at, 0, Buffer.alloc(11)))).toBe('payload_too_large')
  expect(
    await codeOf(await ask('PATCH', at, { 'upload-offset': '0', 'content-type': 'image/png' }, Buffer.alloc(1))),
  ).toBe('unsupported_media_type')
})

test('unfinished uploads end after a day, and nobody begins any number of them', async () => {
  const { begin, head, folder, path } = await scene()
  const at = (await begin(10)).headers.get('location')!
  const id = at.split('/').at(-1)!
  await folder.sweep(60_000)
  expect((await head(at)).status).toBe(200)
  await utimes(join(path, `${id}.json`), new Date(0), new Date(0))
  await folder.sweep(60_000)
  expect((await head(at)).status).toBe(404)
  expect(await readdir(path)).toEqual([])

  const begun = await Promise.all(Array.from({ length: 50 }, () => begin(10)))
  expect(begun.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 201))
  expect(await codeOf(await begin(10))).toBe('quota_exceeded')
  expect((await begin(10, { authorization: 'ben' })).status).toBe(201)
})
