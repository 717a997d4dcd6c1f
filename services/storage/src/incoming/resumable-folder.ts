import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FileStore } from '@tus/file-store'
import { ERRORS, Upload } from '@tus/server'
import { diskFailure, isNotThere } from '../objects/disk-failure.ts'
import { RESUMABLE_MS, type ResumableStore, SWEEP_EVERY_MS, type WholeFile } from './resumable-store.ts'

/**
 * Keeps resumable uploads as files: of each one with its bytes, which is gone when it has become an attachment, and one that says what it is.
 * Several processes may share the folder.
 */
export class ResumableFolder extends FileStore implements ResumableStore {
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string) {
    super({ directory: folder, expirationPeriodInMilliseconds: RESUMABLE_MS })
    // Without a length nobody can say whether it may be that large.
    this.extensions = ['creation', 'creation-with-upload', 'termination', 'expiration']
  }

  async start(onError: (err: unknown) => void): Promise<void> {
    await mkdir(this.directory, { recursive: true })
    const sweep = () => this.sweep(RESUMABLE_MS).catch(onError)
    await sweep()
    this.#timer = setInterval(sweep, SWEEP_EVERY_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  override async create(upload: Upload): Promise<Upload> {
    return super.create(upload).catch((err) => {
      throw diskFailure(err)
    })
  }

  /** As its parent's, but saying what went wrong: a full disk is no fault of ours. */
  override async write(bytes: Readable, id: string, offset: number): Promise<number> {
    const file = createWriteStream(join(this.directory, id), { flags: 'r+', start: offset })
    try {
      await pipeline(bytes, file)
    } catch (err) {
      throw isNotThere(err) ? ERRORS.FILE_NO_LONGER_EXISTS : diskFailure(err)
    }
    return offset + file.bytesWritten
  }

  /** One whose bytes are gone is finished. */
  override async getUpload(id: string): Promise<Upload> {
    try {
      return await super.getUpload(id)
    } catch (err) {
      const about = err === ERRORS.FILE_NO_LONGER_EXISTS ? await this.#about(id) : undefined
      if (about?.size === undefined) throw err
      const { size, metadata, creation_date } = about
      return new Upload({
        id,
        size,
        offset: size,
        ...(metadata && { metadata }),
        ...(creation_date && { creation_date }),
      })
    }
  }

  async whole(id: string): Promise<WholeFile | undefined> {
    const path = join(this.directory, id)
    const hash = createHash('sha256')
    try {
      await pipeline(createReadStream(path), hash)
    } catch (err) {
      if (isNotThere(err)) return undefined
      throw diskFailure(err)
    }
    return { path, sha256: hash.digest('hex'), async [Symbol.asyncDispose]() {} }
  }

  async finish(id: string): Promise<void> {
    await rm(join(this.directory, id), { force: true })
  }

  async forget(id: string): Promise<void> {
    await this.finish(id)
    await rm(join(this.directory, `${id}.json`), { force: true })
  }

  async unfinished(owner: string): Promise<Upload[]> {
    const names = new Set(await readdir(this.directory))
    const ids = [...names].filter((name) => name.startsWith(owner) && !name.endsWith('.json'))
    const found = await Promise.all(ids.map((id) => this.#about(id)))
    return found.filter((upload) => upload !== undefined)
  }

  /** Of an unfinished one, what is known of it goes first. */
  async sweep(olderThanMs: number): Promise<void> {
    const before = Date.now() - olderThanMs
    const names = new Set(await readdir(this.directory))
    for (const name of names) {
      const about = name.endsWith('.json') ? name : `${name}.json`
      const [begun, changed] = await Promise.all(
        [about, name].map((one) =>
          stat(join(this.directory, one)).then(
            ({ mtimeMs }) => mtimeMs,
            () => undefined,
          ),
        ),
      )
      const at = begun ?? changed
      if (at !== undefined && at < before) await this.forget(about.slice(0, -'.json'.length))
    }
  }

  async #about(id: string): Promise<Upload | undefined> {
    return (await this.configstore.get(id).catch(() => undefined)) ?? undefined
  }
}
