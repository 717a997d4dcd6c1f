import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ParleyError } from '@parley/contracts'
import type { Logger } from '@parley/runtime'

/** A living process says so often that its folder is in use, milliseconds. */
const BEAT_MS = 60_000
/** A folder of which nothing was heard for so long is a dead process's. */
const ABANDONED_MS = 5 * BEAT_MS

/** The folder of one request, which goes with everything in it. */
export interface RequestFolder extends AsyncDisposable {
  readonly path: string
  /**
   * Writes what flows to a file, and says what it was. Of a longer file than `maxBytes` up to `pastBytes` more are read and not kept, the rest
   * is left unread, and `size` is more than `maxBytes`. Rejects with `storage_full` where the disk has no room.
   */
  receive(
    bytes: Readable,
    maxBytes: number,
    pastBytes?: number,
  ): Promise<{ path: string; size: number; sha256: string }>
}

/** Files on their way in, on the local disk: nobody sees them, and none outlives its request. */
export interface IncomingFiles {
  start(): Promise<void>
  close(): Promise<void>
  open(): Promise<RequestFolder>
  /** Bytes that are there now. */
  bytes(): number
}

/**
 * Each process has a folder of its own below `folder`, whose time it moves while it lives. What killed processes left is removed when a process
 * starts, and every few minutes.
 */
export function createIncomingFiles(
  { folder, log }: { folder: string; log: Logger },
  { abandonedMs = ABANDONED_MS }: { abandonedMs?: number } = {},
): IncomingFiles {
  const own = join(folder, randomUUID())
  let timer: NodeJS.Timeout | undefined
  let bytes = 0

  const sweep = async () => {
    const before = Date.now() - abandonedMs
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      if (path === own) continue
      const found = await stat(path).catch(() => undefined)
      if (found && found.mtimeMs < before) await rm(path, { recursive: true, force: true })
    }
  }
  const beat = async () => {
    const now = new Date()
    await mkdir(own, { recursive: true })
    await utimes(own, now, now)
    await sweep()
  }
  const beatOrTell = () =>
    beat().catch((err) => log.warn({ err }, 'the folder of incoming files cannot be kept in order'))

  return {
    bytes: () => bytes,
    async start() {
      await beat()
      timer = setInterval(beatOrTell, BEAT_MS)
    },
    async close() {
      clearInterval(timer)
      await rm(own, { recursive: true, force: true })
    },
    async open() {
      const path = join(own, randomUUID())
      await mkdir(path, { recursive: true }).catch(rethrow)
      let held = 0
      let files = 0
      return {
        path,
        async receive(from, maxBytes, pastBytes = 0) {
          const to = join(path, `incoming-${++files}`)
          const hash = createHash('sha256')
          let size = 0
          const count = new Transform({
            transform(chunk: Buffer, _encoding, done) {
              size += chunk.length
              if (size > maxBytes + pastBytes) return done(new TooLong())
              if (size > maxBytes) return done()
              held += chunk.length
              bytes += chunk.length
              hash.update(chunk)
              done(null, chunk)
            },
          })
          await pipeline(from, count, createWriteStream(to)).catch((err) => {
            if (!(err instanceof TooLong)) rethrow(err)
          })
          return { path: to, size, sha256: hash.digest('hex') }
        },
        async [Symbol.asyncDispose]() {
          bytes -= held
          await rm(path, { recursive: true, force: true })
        },
      }
    },
  }
}

class TooLong extends Error {}

function rethrow(err: NodeJS.ErrnoException): never {
  if (err.code === 'ENOSPC' || err.code === 'EDQUOT')
    throw new ParleyError('storage_full', 'There is no room for this file', { cause: err })
  throw err
}
