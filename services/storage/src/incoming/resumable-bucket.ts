import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { DataStore, ERRORS, Upload } from '@tus/server'
import { type Incoming, MissingObject, type ObjectStore } from '../domain/ports.ts'
import { diskFailure } from '../objects/disk-failure.ts'
import { RESUMABLE_MS, type ResumableStore, SWEEP_EVERY_MS, type WholeFile } from './resumable-store.ts'

/** No tenant's name begins so. */
const PREFIX = '_resumable/'
/** What comes is kept in objects of so many bytes at most. */
const PIECE_BYTES = 16 * 1024 * 1024
/** Digits of an offset in a key, so that keys are in the order of the bytes. */
const DIGITS = 15

/** Bytes that came in one go, from `start` up to, not including, `end`. */
interface Piece {
  key: string
  start: number
  end: number
}

/** What `about` holds. */
type Announced = Pick<ConstructorParameters<typeof Upload>[0], 'size' | 'metadata' | 'creation_date'>

/** What is there of an upload. */
interface Found {
  about: Upload
  pieces: Piece[]
  isFinished: boolean
}

export interface ResumableBucketOptions {
  objects: ObjectStore
  /** Where a piece waits to be whole. */
  incoming: Incoming
  pieceBytes?: number
}

/**
 * Keeps resumable uploads in the object store, in pieces: whichever process gets the next bytes puts them beside those that are there, and
 * processes share nothing but the store. Of an upload that is `_resumable/<whose>/<uuid>/`, `about` says what it is, `done` that it has
 * become an attachment, and `<start>-<size>` are bytes. Nothing is ever written over: where two connections bring the same bytes, as after
 * one broke unnoticed, pieces overlap.
 */
export class ResumableBucket extends DataStore implements ResumableStore {
  override extensions = ['creation', 'creation-with-upload', 'termination', 'expiration']
  readonly #objects: ObjectStore
  readonly #incoming: Incoming
  readonly #pieceBytes: number
  #timer: NodeJS.Timeout | undefined

  constructor({ objects, incoming, pieceBytes = PIECE_BYTES }: ResumableBucketOptions) {
    super()
    this.#objects = objects
    this.#incoming = incoming
    this.#pieceBytes = pieceBytes
  }

  async start(onError: (err: unknown) => void): Promise<void> {
    this.#timer = setInterval(() => void this.sweep(RESUMABLE_MS).catch(onError), SWEEP_EVERY_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  override getExpiration(): number {
    return RESUMABLE_MS
  }

  override async create(upload: Upload): Promise<Upload> {
    const { size, metadata, creation_date } = upload
    await this.#put(`${prefixOf(upload.id)}about`, JSON.stringify({ size, metadata, creation_date }))
    return upload
  }

  override async getUpload(id: string): Promise<Upload> {
    const found = await this.#find(id)
    if (!found) throw ERRORS.FILE_NOT_FOUND
    const { about, pieces, isFinished } = found
    about.offset = isFinished ? (about.size ?? 0) : endOf(inOrder(pieces))
    return about
  }

  override async write(bytes: Readable, id: string, offset: number): Promise<number> {
    await using folder = await this.#incoming.open()
    const chunks: AsyncIterator<Buffer> = bytes[Symbol.asyncIterator]()
    let broken: { by: unknown } | undefined
    const nextChunk = () =>
      chunks.next().catch((err) => {
        broken = { by: err }
        return { done: true as const, value: undefined }
      })
    let at = offset
    for (let isEnd = false; !isEnd; ) {
      // each a file of its own: a store may keep it by a link
      const path = join(folder.path, String(at))
      const file = await open(path, 'w').catch(rethrow)
      let size = 0
      try {
        while (size < this.#pieceBytes && !isEnd) {
          const { done, value } = await nextChunk()
          if (done) isEnd = true
          else {
            await file.appendFile(value).catch(rethrow)
            size += value.length
          }
        }
      } finally {
        await file.close()
      }
      if (size === 0) break
      const key = `${prefixOf(id)}${String(at).padStart(DIGITS, '0')}-${size}`
      await this.#objects.put(key, path, { mime: 'application/octet-stream', size })
      await rm(path)
      at += size
    }
    // what came before a connection broke counts
    if (broken) throw broken.by
    return at
  }

  override async remove(id: string): Promise<void> {
    const found = await this.#find(id)
    if (!found || found.isFinished) throw ERRORS.FILE_NOT_FOUND
    await this.forget(id)
  }

  async whole(id: string): Promise<WholeFile | undefined> {
    const found = await this.#find(id)
    if (!found || found.isFinished) return undefined
    const folder = await this.#incoming.open()
    const end = () => folder[Symbol.asyncDispose]()
    try {
      const bytes = Readable.from(this.#bytesOf(inOrder(found.pieces)), { objectMode: false })
      const { path, sha256 } = await folder.receive(bytes, found.about.size ?? 0)
      return { path, sha256, [Symbol.asyncDispose]: end }
    } catch (err) {
      await end()
      // another process was quicker to finish it
      if (err instanceof MissingObject) return undefined
      throw err
    }
  }

  async finish(id: string): Promise<void> {
    await this.#put(`${prefixOf(id)}done`, '')
    for await (const key of this.#keys(prefixOf(id))) if (pieceOf(key)) await this.#objects.remove(key)
  }

  async forget(id: string): Promise<void> {
    await this.#objects.remove(`${prefixOf(id)}about`)
    for await (const key of this.#keys(prefixOf(id))) await this.#objects.remove(key)
  }

  async unfinished(owner: string): Promise<Upload[]> {
    const ids = new Set<string>()
    const finished = new Set<string>()
    for await (const key of this.#keys(prefixOf(owner))) {
      const id = key.slice(PREFIX.length, key.lastIndexOf('/')).replace('/', '.')
      ids.add(id)
      if (key.endsWith('/done')) finished.add(id)
    }
    const found = await Promise.all([...ids].filter((id) => !finished.has(id)).map((id) => this.#about(id)))
    return found.filter((about) => about !== undefined)
  }

  async sweep(olderThanMs: number): Promise<void> {
    for await (const key of this.#objects.keys(PREFIX, new Date(Date.now() - olderThanMs)))
      await this.#objects.remove(key)
  }

  async *#bytesOf(pieces: readonly Piece[]): AsyncGenerator<Buffer> {
    let at = 0
    for (const { key, start, end } of pieces) {
      yield* await this.#objects.open(key, { start: at - start, end: end - start - 1 })
      at = end
    }
  }

  async #find(id: string): Promise<Found | undefined> {
    const about = await this.#about(id)
    if (!about) return undefined
    const pieces: Piece[] = []
    let isFinished = false
    for await (const key of this.#keys(prefixOf(id))) {
      const piece = pieceOf(key)
      if (piece) pieces.push(piece)
      if (key.endsWith('/done')) isFinished = true
    }
    return { about, pieces, isFinished }
  }

  async #about(id: string): Promise<Upload | undefined> {
    try {
      const about = await json(await this.#objects.open(`${prefixOf(id)}about`))
      return new Upload({ ...(about as Announced), id, offset: 0 })
    } catch (err) {
      if (err instanceof MissingObject) return undefined
      throw err
    }
  }

  async #put(key: string, content: string): Promise<void> {
    await using folder = await this.#incoming.open()
    const { path, size } = await folder.receive(Readable.from([Buffer.from(content)]), Number.MAX_SAFE_INTEGER)
    await this.#objects.put(key, path, { mime: 'application/json', size })
  }

  /** All that begins so, whenever it was put. */
  #keys(prefix: string): AsyncIterable<string> {
    return this.#objects.keys(prefix, new Date(Date.now() + RESUMABLE_MS))
  }
}

/** Also of what ids of one user begin with. */
const prefixOf = (id: string) => `${PREFIX}${id.replace('.', '/')}${id.endsWith('.') ? '' : '/'}`

function pieceOf(key: string): Piece | undefined {
  const [, start, size] = /\/(\d{15})-(\d+)$/.exec(key) ?? []
  return start === undefined ? undefined : { key, start: Number(start), end: Number(start) + Number(size) }
}

/** Those that make up the file as far as it has come: at each place the one that reaches furthest. */
function inOrder(pieces: readonly Piece[]): Piece[] {
  const chosen: Piece[] = []
  let furthest: Piece | undefined
  const choose = () => {
    if (furthest && furthest.end > endOf(chosen)) chosen.push(furthest)
  }
  for (const piece of pieces.toSorted((a, b) => a.start - b.start)) {
    if (piece.start > endOf(chosen)) choose()
    if (piece.start > endOf(chosen)) return chosen
    if (piece.end > (furthest?.end ?? 0)) furthest = piece
  }
  choose()
  return chosen
}

const endOf = (pieces: readonly Piece[]) => pieces.at(-1)?.end ?? 0

function rethrow(err: unknown): never {
  throw diskFailure(err)
}
