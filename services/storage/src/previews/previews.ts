import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { TextDecoder } from 'node:util'
import type { Inspect, PreviewOf } from '../domain/ports.ts'
import { type PublicFetchOptions, publicFetch } from './fetch-public.ts'
import { CHARSET_WITHIN, pageDecoder } from './page-text.ts'
import { createPageReader, type PageWords } from './page-words.ts'

/** From asking for the page to having its picture. */
const PATIENCE_MS = 3_000
const MAX_PAGE_BYTES = 512 * 1024
const MAX_PICTURE_BYTES = 2 * 1024 * 1024

const PICTURES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

export interface PreviewsOptions extends Partial<PublicFetchOptions> {
  inspect: Inspect
  /** In all, milliseconds. */
  patienceMs?: number
}

/** Makes cards of links, out of pages that strangers name: see `publicFetch` for what it keeps from. */
export function createPreviews(options: PreviewsOptions): PreviewOf {
  const { inspect, patienceMs = PATIENCE_MS, userAgent = 'ParleyLinkPreview/1.0', ...more } = options
  const fetch = publicFetch({ userAgent, ...more })

  async function wordsOf(url: URL, signal: AbortSignal): Promise<(PageWords & { at: URL }) | null> {
    const answer = await fetch(url, 'text/html', signal)
    if (!answer) return null
    const { body, contentType, url: at } = answer
    try {
      return /^text\/html\s*(?:;|$)/.test(contentType) ? { ...(await readPage(body, contentType, signal)), at } : null
    } finally {
      body.destroy()
    }
  }

  async function pictureOf(address: string, page: URL, folder: string, signal: AbortSignal) {
    if (!URL.canParse(address, page.href)) return undefined
    const answer = await fetch(new URL(address, page), 'image/*', signal)
    if (!answer) return undefined
    const path = join(folder, `picture-${crypto.randomUUID()}`)
    try {
      if (!answer.contentType.startsWith('image/')) return undefined
      const { size, sha256 } = await save(answer.body, path, signal)
      // Its name is not the page's to choose, and what the server declares is often wrong.
      const received = { path, name: 'picture', mime: undefined, size, sha256 }
      return await inspect(received, { folder, isAllowed: (mime) => PICTURES.has(mime), pictureOnly: true })
    } finally {
      answer.body.destroy()
    }
  }

  return async (link, { folder, signal }) => {
    const patience = AbortSignal.timeout(patienceMs)
    const either = signal ? AbortSignal.any([signal, patience]) : patience
    try {
      const words = await wordsOf(new URL(link), either)
      if (!words || words.title === null) return null
      const { title, description, siteName, image, at } = words
      const imageFile = image === null ? undefined : await pictureOf(image, at, folder, either).catch(() => undefined)
      return { title, description, siteName, imageFile }
    } catch {
      return null
    }
  }
}

async function readPage(body: Readable, contentType: string, signal: AbortSignal): Promise<PageWords> {
  const reader = createPageReader()
  let beginning = Buffer.alloc(0)
  let decoder: TextDecoder | undefined
  const write = (bytes: Buffer) => {
    decoder ??= pageDecoder(contentType, beginning)
    reader.write(decoder.decode(bytes, { stream: true }))
  }
  let read = 0
  try {
    for await (const bytes of ending(body, signal)) {
      const part: Buffer = bytes.subarray(0, MAX_PAGE_BYTES - read)
      read += part.length
      if (decoder) write(part)
      else {
        beginning = Buffer.concat([beginning, part])
        if (beginning.length >= CHARSET_WITHIN) write(beginning)
      }
      if (reader.complete || read >= MAX_PAGE_BYTES) break
    }
  } catch {
    // What came before it broke off may be enough.
  }
  if (!decoder) write(beginning)
  return reader.words()
}

async function save(body: Readable, path: string, signal: AbortSignal): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256')
  let size = 0
  await using file = await open(path, 'wx')
  for await (const bytes of ending(body, signal)) {
    size += bytes.length
    if (size > MAX_PICTURE_BYTES) throw new Error('The picture is too large')
    hash.update(bytes)
    await file.writeFile(bytes)
  }
  return { size, sha256: hash.digest('hex') }
}

/** The body, which the signal also ends where it goes through a decoder of its own. */
function ending(body: Readable, signal: AbortSignal): Readable {
  const end = () => body.destroy(new Error('It took too long'))
  if (signal.aborted) end()
  signal.addEventListener('abort', end, { once: true })
  return body.once('close', () => signal.removeEventListener('abort', end))
}
