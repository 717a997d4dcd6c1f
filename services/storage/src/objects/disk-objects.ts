import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, opendir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { type ByteRange, MissingObject, type ObjectStore } from '../domain/ports.ts'
import { diskFailure, isFull, isNotLinkable, isNotThere } from './disk-failure.ts'
import { checkKey, checkPrefix } from './object-key.ts'

/** No put takes so long: what is older was left by a process that was killed. */
const ABANDONED_AFTER_MS = 3_600_000
/** Bytes read from the disk at a time. */
const CHUNK = 256 * 1024

/**
 * Keeps objects as files of a folder, each at its key's path. Several processes may share the folder, as over NFS.
 *
 * What is put is first a file of `.partial/`, is written through to the disk there, and then renamed: rename(2) replaces at once or not at
 * all. A file on the same disk is not copied but linked.
 */
export async function openDiskObjects({
  folder,
  abandonedAfterMs = ABANDONED_AFTER_MS,
}: {
  folder: string
  abandonedAfterMs?: number
}): Promise<ObjectStore> {
  const store = new DiskObjects(resolve(folder), abandonedAfterMs)
  await store.sweep()
  return store
}

class DiskObjects implements ObjectStore {
  readonly #folder: string
  readonly #partial: string

  readonly #abandonedAfterMs: number

  constructor(folder: string, abandonedAfterMs: number) {
    this.#folder = folder
    this.#abandonedAfterMs = abandonedAfterMs
    // A key's parts never begin with a dot.
    this.#partial = join(folder, '.partial')
  }

  async put(key: string, path: string, { size }: { size: number }): Promise<void> {
    const target = this.#path(key)
    const partial = join(this.#partial, randomUUID())
    try {
      await this.#duplicate(path, partial)
      await this.#writeThrough(partial, size)
      await makeFolder(dirname(target))
      await rename(partial, target)
      await syncFolder(dirname(target))
    } catch (err) {
      throw diskFailure(err)
    } finally {
      // Also after a success: renaming one link of a file to another of the same file leaves both.
      await rm(partial, { force: true }).catch(() => {})
    }
  }

  async open(key: string, range?: ByteRange): Promise<Readable> {
    try {
      const file = await open(this.#path(key), 'r')
      return file.createReadStream({ ...range, highWaterMark: CHUNK })
    } catch (err) {
      throw isNotThere(err) ? new MissingObject(`Nothing is kept under ${key}`) : diskFailure(err)
    }
  }

  async size(key: string): Promise<number | undefined> {
    try {
      const found = await stat(this.#path(key))
      return found.isFile() ? found.size : undefined
    } catch (err) {
      if (isNotThere(err)) return undefined
      throw diskFailure(err)
    }
  }

  async remove(key: string): Promise<void> {
    try {
      await unlink(this.#path(key))
    } catch (err) {
      if (!isNotThere(err)) throw diskFailure(err)
    }
  }

  async *keys(prefix: string, before: Date): AsyncIterable<string> {
    checkPrefix(prefix)
    await this.sweep()
    const upTo = prefix.lastIndexOf('/') + 1
    for await (const key of this.#walk(prefix.slice(0, upTo)))
      if (key.startsWith(prefix) && (await this.#changedBefore(this.#path(key), before))) yield key
  }

  async fetch(key: string, path: string): Promise<void> {
    try {
      await copyFile(this.#path(key), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    } catch (err) {
      throw isNotThere(err) ? new MissingObject(`Nothing is kept under ${key}`) : diskFailure(err)
    }
  }

  /** A full disk passes: what is there can still be read, and uploads say `storage_full`. */
  async check(): Promise<void> {
    const path = join(this.#partial, randomUUID())
    try {
      await makeFolder(this.#partial)
      await writeFile(path, 'can be written to')
    } catch (err) {
      if (!isFull(err)) throw diskFailure(err)
    } finally {
      await rm(path, { force: true }).catch(() => {})
    }
  }

  /** Removes what killed processes left of their puts. */
  async sweep(): Promise<void> {
    try {
      await makeFolder(this.#partial)
      const abandoned = new Date(Date.now() - this.#abandonedAfterMs)
      for await (const { name } of await opendir(this.#partial)) {
        const path = join(this.#partial, name)
        if (await this.#changedBefore(path, abandoned)) await rm(path, { force: true })
      }
    } catch (err) {
      if (!isFull(err)) throw diskFailure(err)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #path(key: string): string {
    checkKey(key)
    return join(this.#folder, key)
  }

  async #duplicate(path: string, partial: string): Promise<void> {
    await makeFolder(this.#partial)
    try {
      await link(path, partial)
    } catch (err) {
      if (!isNotLinkable(err)) throw err
      await copyFile(path, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    }
  }

  async #writeThrough(partial: string, size: number): Promise<void> {
    const file = await open(partial, 'r')
    try {
      const found = (await file.stat()).size
      if (found !== size) throw new Error(`A file to be kept has ${found} bytes instead of ${size}`)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async *#walk(within: string): AsyncGenerator<string> {
    try {
      for await (const entry of await opendir(join(this.#folder, within))) {
        if (entry.name.startsWith('.')) continue
        if (entry.isDirectory()) yield* this.#walk(`${within}${entry.name}/`)
        else if (entry.isFile()) yield `${within}${entry.name}`
      }
    } catch (err) {
      if (!isNotThere(err)) throw diskFailure(err)
    }
  }

  /** False of what is gone. By ctime: a link has its file's mtime, and is changed by being linked and renamed. */
  async #changedBefore(path: string, time: Date): Promise<boolean> {
    const found = await stat(path).catch(() => undefined)
    return found !== undefined && found.ctime < time
  }
}

/** Makes a folder and those above it so that they are there after a loss of power. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (!first) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** Until then a file's new name may be lost with the power. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
