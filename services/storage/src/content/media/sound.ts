import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { PassThrough, pipeline } from 'node:stream'
import { parseStream } from 'music-metadata'
import { readAt } from '../types/file-head.ts'
import type { MediaFacts } from './media-facts.ts'

/** Longer is not waited for: a file that takes so long is made for it. */
const PATIENCE_MS = 10_000

/** What a file of sound says of itself; undefined where there is no sound in it. */
export async function readSound(path: string, mime: string, size: number): Promise<MediaFacts | undefined> {
  const start = await endOfTags(path)
  if (start >= size) return undefined
  // Of a stream that knows its file, the library asks the size of the whole file.
  const bytes = pipeline(createReadStream(path, { start }), new PassThrough(), () => {})
  const timer = setTimeout(() => bytes.destroy(new Error('It takes too long')), PATIENCE_MS)
  try {
    const { format } = await parseStream(
      bytes,
      { mimeType: mime, size: size - start },
      { skipCovers: true, skipPostHeaders: true, duration: mime === 'audio/aac' },
    )
    if (!format.sampleRate && !format.codec) return undefined
    return { kind: 'audio', width: null, height: null, durationMs: format.duration ? format.duration * 1000 : null }
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    bytes.destroy()
  }
}

/**
 * Where the sound begins, behind titles and pictures of albums ([ID3v2](https://id3.org/id3v2.4.0-structure)): they may be of any size,
 * and nobody asks for them.
 */
async function endOfTags(path: string): Promise<number> {
  await using file = await open(path, 'r')
  let at = 0
  for (let tags = 0; tags < 16; tags++) {
    const header = await readAt(file, at, 10)
    if (header.length < 10 || header.toString('latin1', 0, 3) !== 'ID3') break
    const [a = 0, b = 0, c = 0, d = 0] = header.subarray(6)
    const footer = ((header[5] ?? 0) & 0x10) === 0 ? 0 : 10
    at += 10 + (a & 0x7f) * 2 ** 21 + (b & 0x7f) * 2 ** 14 + (c & 0x7f) * 2 ** 7 + (d & 0x7f) + footer
  }
  return at
}
