import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { PreparedFile } from '../domain/ports.ts'

/** A file that we have written, with what has to be known of its bytes. */
export async function preparedFile(path: string, mime: string): Promise<PreparedFile> {
  const hash = createHash('sha256')
  let size = 0
  for await (const bytes of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    hash.update(bytes)
    size += bytes.length
  }
  return { path, mime, size, sha256: hash.digest('hex') }
}
