import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FileStore } from '@tus/file-store'
import { ERRORS, Upload } from '@tus/server'
import { diskFailure, isNotThere } from '../objects/disk-failure.ts'

/** Unfinished ones end so long after they were begun, and with them what is known of finished ones. */
const RESUMABLE_MS = 24 * 3_600_000
const SWEEP_EVERY_MS = 10 * 60_000

/**
 * Where resumable uploads wait for the rest of them: of each a file with its bytes, which is gone when it has become an attachment, and one
 * that says what it is. Ids begin with whose they are. Several processes may share the folder.
 */
export class ResumableFolder extends FileStore {
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

  async hasBytes(id: string): Promise<boolean> {
    return stat(this.pathOf(id)).then(
      () => true,
      () => false,
    )
  }

  async sha256(id: string): Promise<string> {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(this.directory, id)), hash)
    return hash.digest('hex')
  }

  pathOf(id: string): string {
    return join(this.directory, id)
  }

  /** It has become an attachment: what is known of it stays for whoever did not hear so. */
  async finish(id: string): Promise<void> {
    await rm(join(this.directory, id), { force: true })
  }

  /** Forgets it altogether. */
  async forget(id: string): Promise<void> {
    await this.finish(id)
    await rm(join(this.directory, `${id}.json`), { force: true })
  }

  /** The unfinished ones whose ids begin so. */
  async unfinished(owner: string): Promise<Upload[]> {
    const names = new Set(await readdir(this.directory))
    const ids = [...names].filter((name) => name.startsWith(owner) && !name.endsWith('.json'))
    const found = await Promise.all(ids.map((id) => this.#about(id)))
    return found.filter((upload) => upload !== undefined)
  }

  /** Removes all that has not changed for so long: of an unfinished one, what is known of it goes first. */
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
