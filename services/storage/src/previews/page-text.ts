import { TextDecoder } from 'node:util'

/** So far from its beginning a page has to say how it is encoded (HTML, 4.2.5.4). */
export const CHARSET_WITHIN = 1_024

/** The decoder for a page: by its mark, what the server says, what the page says in its first bytes; otherwise UTF-8. */
export function pageDecoder(contentType: string, beginning: Buffer): TextDecoder {
  const marked =
    beginning[0] === 0xff && beginning[1] === 0xfe
      ? 'utf-16le'
      : beginning[0] === 0xfe && beginning[1] === 0xff
        ? 'utf-16be'
        : undefined
  const served = /charset\s*=\s*["']?([\w:.-]+)/i.exec(contentType)?.[1]
  const written = /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w:.-]+)/i.exec(
    beginning.toString('latin1', 0, CHARSET_WITHIN),
  )?.[1]
  for (const label of [marked, served, written]) {
    try {
      // Whatever has been read so far as ASCII is not UTF-16.
      if (label !== undefined && !(label === written && /utf-?16/i.test(label))) return new TextDecoder(label)
    } catch {
      // An encoding that nobody knows.
    }
  }
  return new TextDecoder('utf-8')
}
