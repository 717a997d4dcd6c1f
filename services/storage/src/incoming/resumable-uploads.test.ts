import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Actor, type Attachment, ParleyError } from '@parley/contracts'
import { createHttpApp, createLogger } from '@parley/runtime'
import { describe, expect, onTestFinished, test } from 'vitest'
import { keysOf } from '../../test/conformance/object-store.ts'
import { RESUMABLE_PATH, resumableRoutes } from '../api/resumable-routes.ts'
import { openDiskObjects } from '../objects/disk-objects.ts'
import { createIncomingFiles } from './incoming-files.ts'
import { ResumableBucket } from './resumable-bucket.ts'
import { ResumableFolder } from './resumable-folder.ts'
import type { ResumableStore } from './resumable-store.ts'
import { createResumableUploads, type ResumableUploadsDeps } from './resumable-uploads.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const actorOf = (userId: string): Actor => ({
  ...{ tenantId: 'acme', userId, role: 'user', hostRole: null, name: null, avatarUrl: null },
})

/** Where uploads wait, and what is there: `bytes` of those that are not finished, and `all` that is known of any. */
interface Waiting {
  store: ResumableStore
  /** As another process, which shares nothing else, has it. */
  another(): Promise<ResumableStore>
  bytes(): Promise<string[]>
  all(): Promise<string[]>
}

async function inFolder(path: string): Promise<Waiting> {
  const all = () => readdir(path)
  return {
    store: new ResumableFolder(path),
    another: async () => new ResumableFolder(path),
    all,
    bytes: async () => (await all()).filter((name) => !name.endsWith('.json')),
  }
}

/** In small pieces, of which a file has several. */
async function inStore(path: string): Promise<Waiting> {
  const objects = await openDiskObjects({ folder: join(path, 'objects') })
  const another = async () => {
    const incoming = createIncomingFiles({ folder: join(path, randomUUID()), log })
    return new ResumableBucket({ objects, incoming, pieceBytes: 64 * 1024 })
  }
  const all = () => keysOf(objects, '')
  return {
    store: await another(),
    another,
    all,
    bytes: async () => (await all()).filter((key) => /\/\d+-\d+$/.test(key)),
  }
}

describe.each([
  ['a folder', inFolder],
  ['a store of objects', inStore],
])('resumable uploads that wait in %s', (_, open) => {
  /** A server of resumable uploads, and what was kept of them. */
  async function scene(more: Partial<ResumableUploadsDeps> = {}) {
    const path = await mkdtemp(join(tmpdir(), 'parley-resumable-'))
    const waiting = await open(path)
    const { store } = waiting
    await store.start(() => {})
    const kept = new Map<string, Attachment>()
    const received: Buffer[] = []
    const deps: ResumableUploadsDeps = {
      ...{ store, path: RESUMABLE_PATH },
      async admit() {},
      async keep(_actor, file, key) {
        const content = await readFile(file.path)
        expect(file.sha256).toBe(createHash('sha256').update(content).digest('hex'))
        received.push(content)
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
      store.close()
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
      ...{ ...waiting, url, received, kept, ask },
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
    const { begin, send, head, received, kept, bytes } = await scene()
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
    expect(received).toHaveLength(1)
    expect(received[0]?.equals(content)).toBe(true)

    // whoever lost that answer asks, and the bytes are not kept twice
    const again = await head(at)
    expect([again.status, again.headers.get('attachment-id'), again.headers.get('upload-offset')]).toEqual([
      ...[200, attachment?.id, '300000'],
    ])
    expect(await bytes()).toEqual([])
    expect(received).toHaveLength(1)
  })

  test('one that is sent as it is begun needs no second request', async () => {
    const { begin, received } = await scene()
    const content = randomBytes(1_000)
    const begun = await begin(1_000, { 'content-type': 'application/offset+octet-stream' }, content)
    expect([begun.status, begun.headers.get('attachment-id') !== null]).toEqual([201, true])
    expect(received[0]?.equals(content)).toBe(true)
  })

  test('what came before a connection broke is there, and the rest of it makes the whole', async () => {
    const { begin, send, head, received, url } = await scene()
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
    expect(received[0]?.equals(content)).toBe(true)
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
    const { begin, send, head, all } = await scene({
      async admit(_actor, { size }) {
        if (size > 1_000) throw new ParleyError('payload_too_large', 'too large')
      },
      async keep() {
        throw new ParleyError('unreadable_file', 'broken')
      },
    })
    expect(await codeOf(await begin(1_001))).toBe('payload_too_large')
    expect(await all()).toEqual([])
    const at = (await begin(10)).headers.get('location')!
    expect(await codeOf(await send(at, 0, Buffer.alloc(10)))).toBe('unreadable_file')
    expect((await head(at)).status).toBe(404)
    expect(await all()).toEqual([])
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
    const { begin, send, head, store, all } = await scene()
    const at = (await begin(10)).headers.get('location')!
    await send(at, 0, Buffer.alloc(5))
    await store.sweep(60_000)
    expect((await head(at)).headers.get('upload-offset')).toBe('5')
    await store.sweep(-60_000)
    expect((await head(at)).status).toBe(404)
    expect(await all()).toEqual([])

    const begun = await Promise.all(Array.from({ length: 50 }, () => begin(10)))
    expect(begun.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 201))
    expect(await codeOf(await begin(10))).toBe('quota_exceeded')
    expect((await begin(10, { authorization: 'ben' })).status).toBe(201)
  })

  test('whoever may no longer upload there is told before they send the rest', async () => {
    let isIn = true
    const { begin, send, head, received } = await scene({
      async admit() {
        if (!isIn) throw new ParleyError('not_found', 'There is no such conversation')
      },
    })
    const at = (await begin(10)).headers.get('location')!
    expect((await send(at, 0, Buffer.alloc(5))).status).toBe(204)
    isIn = false
    expect(await codeOf(await send(at, 5, Buffer.alloc(5)))).toBe('not_found')
    expect((await head(at)).headers.get('upload-offset')).toBe('5')
    expect(received).toEqual([])
  })

  test('another process goes on with it, and has the same bytes whichever of two connections brought them', async () => {
    const { begin, send, another, store, received } = await scene()
    const content = randomBytes(300_000)
    const at = (await begin(content.length)).headers.get('location')!
    const id = at.split('/').at(-1)!
    const [elsewhere, third] = [await another(), await another()]
    const bytes = (from: number, to: number) => Readable.from([content.subarray(from, to)])
    expect(await elsewhere.write(bytes(0, 100_000), id, 0)).toBe(100_000)
    expect((await third.getUpload(id)).offset).toBe(100_000)
    // a connection that had been given up goes on for a while: what it brings overlaps
    await elsewhere.write(bytes(100_000, 150_000), id, 100_000)
    await third.write(bytes(100_000, 120_000), id, 100_000)
    await third.write(bytes(120_000, 240_000), id, 120_000)
    expect((await store.getUpload(id)).offset).toBe(240_000)
    expect((await send(at, 240_000, content.subarray(240_000))).status).toBe(204)
    expect(received[0]?.equals(content)).toBe(true)
  })
})
