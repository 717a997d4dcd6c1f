import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MissingObject, type ObjectStore } from '../../src/domain/ports.ts'

const HOUR = 3_600_000

/** Files to be put, in a folder that goes with `dispose`. */
export interface Files extends AsyncDisposable {
  folder: string
  /** A new file of so many random bytes, or of the given ones. */
  file(content: number | Buffer): Promise<{ path: string; bytes: Buffer; about: { mime: string; size: number } }>
}

export async function temporaryFiles(): Promise<Files> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-objects-'))
  return {
    folder,
    async file(content) {
      const bytes = typeof content === 'number' ? randomBytes(content) : content
      const path = join(folder, randomUUID())
      await writeFile(path, bytes)
      return { path, bytes, about: { mime: 'application/octet-stream', size: bytes.length } }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** All that is kept and begins so. */
export async function keysOf(store: ObjectStore, prefix: string, before = new Date(Date.now() + HOUR)) {
  const keys: string[] = []
  for await (const key of store.keys(prefix, before)) keys.push(key)
  return keys.sort()
}

/** Bytes of a file without holding all of it. */
async function sha256Of(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * What every store of objects has to do.
 *
 * @param largeSize bytes of a file that the store takes in several parts, where it does
 */
export function objectStoreConformance(
  name: string,
  start: () => Promise<ObjectStore>,
  { largeSize = 20_000_000 }: { largeSize?: number } = {},
): void {
  describe(`${name} keeps objects`, () => {
    let store: ObjectStore
    let files: Files
    /** Stores are shared with other runs: what a test puts begins so. */
    let tenant: string

    beforeAll(async () => {
      store = await start()
      files = await temporaryFiles()
      tenant = `t-${randomUUID()}`
    })
    afterAll(async () => {
      if (store) for (const key of await keysOf(store, `${tenant}/`)) await store.remove(key)
      await store?.[Symbol.asyncDispose]()
      await files?.[Symbol.asyncDispose]()
    })
    const read = async (key: string) => buffer(await store.open(key))

    test('what was put can be read, and the file that it came from may go', async () => {
      const { path, bytes, about } = await files.file(100_000)
      await store.put(`${tenant}/ab/one`, path, about)
      await rm(path)
      expect((await read(`${tenant}/ab/one`)).equals(bytes)).toBe(true)
      expect(await store.size(`${tenant}/ab/one`)).toBe(100_000)
    })

    test('a part of it can be read, both ends included', async () => {
      const { path, bytes, about } = await files.file(1_000)
      await store.put(`${tenant}/ab/part`, path, about)
      for (const [start, end] of [
        [0, 1],
        [0, 999],
        [10, 19],
        [999, 999],
      ] as const)
        expect(await buffer(await store.open(`${tenant}/ab/part`, { start, end }))).toEqual(
          bytes.subarray(start, end + 1),
        )
    })

    test('what was never put, or was removed, is missing before anything flows', async () => {
      await expect(store.open(`${tenant}/no/thing`)).rejects.toThrow(MissingObject)
      expect(await store.size(`${tenant}/no/thing`)).toBeUndefined()
      await store.remove(`${tenant}/no/thing`)

      const { path, about } = await files.file(10)
      await store.put(`${tenant}/no/more`, path, about)
      await store.remove(`${tenant}/no/more`)
      await expect(store.open(`${tenant}/no/more`, { start: 0, end: 1 })).rejects.toThrow(MissingObject)
      expect(await keysOf(store, `${tenant}/no/`)).toEqual([])
    })

    test('put again, from the same file and from another, it is the last', async () => {
      const first = await files.file(5_000)
      const second = await files.file(3_000)
      for (const { path, about } of [first, first, second]) await store.put(`${tenant}/again/key`, path, about)
      expect((await read(`${tenant}/again/key`)).equals(second.bytes)).toBe(true)
      expect(await keysOf(store, `${tenant}/again/`)).toEqual([`${tenant}/again/key`])
      // what was put over is not what was put from
      expect((await readFile(first.path)).equals(first.bytes)).toBe(true)
    })

    test('an empty object is an object', async () => {
      const { path, about } = await files.file(0)
      await store.put(`${tenant}/ab/empty`, path, about)
      expect(await store.size(`${tenant}/ab/empty`)).toBe(0)
      expect(await read(`${tenant}/ab/empty`)).toHaveLength(0)
    })

    test('a large one arrives whole', async () => {
      const { path, bytes, about } = await files.file(largeSize)
      await store.put(`${tenant}/ab/large`, path, about)
      const whole = createHash('sha256').update(bytes).digest('hex')
      expect(await sha256Of(await store.open(`${tenant}/ab/large`))).toBe(whole)
      expect(await sha256Of(createReadStream(path))).toBe(whole)
    })

    test('a copy can be fetched to a file', async () => {
      const { path, bytes, about } = await files.file(200_000)
      await store.put(`${tenant}/ab/fetched`, path, about)
      const copy = join(files.folder, randomUUID())
      await store.fetch?.(`${tenant}/ab/fetched`, copy)
      expect((await readFile(copy)).equals(bytes)).toBe(true)
      await writeFile(copy, 'changed')
      expect((await read(`${tenant}/ab/fetched`)).equals(bytes)).toBe(true)
      await expect(store.fetch?.(`${tenant}/no/thing`, join(files.folder, randomUUID()))).rejects.toThrow(MissingObject)
    })

    test('keys are listed by their beginning and by when they were put', async () => {
      const { path, about } = await files.file(1)
      const keys = ['aa/1', 'aa/2', 'ab/3', 'b/4'].map((key) => `${tenant}/list/${key}`)
      for (const key of keys) await store.put(key, path, about)
      expect(await keysOf(store, `${tenant}/list/`)).toEqual(keys)
      expect(await keysOf(store, `${tenant}/list/a`)).toEqual(keys.slice(0, 3))
      expect(await keysOf(store, `${tenant}/list/aa/`)).toEqual(keys.slice(0, 2))
      expect(await keysOf(store, `${tenant}/list/none/`)).toEqual([])
      expect(await keysOf(store, `${tenant}/list/`, new Date(Date.now() - HOUR))).toEqual([])
    })

    test('a hundred puts at once, half of them of the same key', async () => {
      const put = await Promise.all(
        Array.from({ length: 100 }, async (_, i) => {
          const { path, bytes, about } = await files.file(i % 2 ? 20_000 : Buffer.alloc(20_000, 'same'))
          const key = `${tenant}/many/${i % 2 ? i : 'same'}`
          await store.put(key, path, about)
          return { key, bytes }
        }),
      )
      for (const { key, bytes } of put) expect((await read(key)).equals(bytes)).toBe(true)
      expect(await keysOf(store, `${tenant}/many/`)).toHaveLength(51)
    })

    test('no key leads out of the store', async () => {
      const { path, about } = await files.file(1)
      for (const key of [
        '',
        '/',
        '..',
        '../x',
        'a/../../x',
        '/etc/x',
        'a//b',
        'a/./b',
        'a\\..\\b',
        'a/\0',
        '.x',
        'a/',
      ]) {
        await expect(store.put(key, path, about)).rejects.toThrow('No key')
        await expect(store.open(key)).rejects.toThrow('No key')
        await expect(store.size(key)).rejects.toThrow('No key')
        await expect(store.remove(key)).rejects.toThrow('No key')
      }
      await expect(keysOf(store, '../')).rejects.toThrow('No beginning')
    })

    test('a file that is not as long as was said is not kept', async () => {
      const { path, about } = await files.file(10)
      await expect(store.put(`${tenant}/ab/short`, path, { ...about, size: 11 })).rejects.toThrow()
      expect(await store.size(`${tenant}/ab/short`)).toBeUndefined()
    })

    test('it says that it can be written to', async () => {
      await store.check()
      expect(await keysOf(store, `${tenant}/check`)).toEqual([])
    })
  })
}
