import { createReadStream } from 'node:fs'

/** Bytes that no text has in an encoding with a byte to each ASCII character: controls other than white space and the escape of terminals. */
const CONTROL = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1b) || byte === 0x7f ? 1 : 0,
)

function hasControls(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (CONTROL[byte]) return true
  return false
}

function hasControlCharacters(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (CONTROL[text.charCodeAt(at)]) return true
  return false
}

function utf16(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (head.length < 2) return undefined
  const mark = head.readUInt16BE(0)
  return mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : undefined
}

/** A beginning in which nothing speaks against text: UTF-8, an older encoding with a byte to a letter, or UTF-16 with its mark. */
export function beginsAsText(head: Buffer): boolean {
  return utf16(head) !== undefined || !hasControls(head)
}

/** Whether the whole of a file is text. It is read a part at a time. */
export async function isTextFile(path: string, head: Buffer): Promise<boolean> {
  const encoding = utf16(head)
  if (encoding === undefined && hasControls(head)) return false
  const decoder = encoding && new TextDecoder(encoding, { fatal: true })
  for await (const bytes of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    if (!decoder) {
      if (hasControls(bytes)) return false
      continue
    }
    try {
      if (hasControlCharacters(decoder.decode(bytes, { stream: true }))) return false
    } catch {
      return false
    }
  }
  return true
}

/** What may stand before markup, a piece at a time: where one of them ends is never looked for twice. */
const BEFORE = /\s+|<!--[\s\S]*?-->|<\?[\s\S]*?\?>/y
/** Drawings with scripts in them. */
const SVG_DOCTYPE = /<!doctype svg[^>]*>/iy
const SVG = /<(?:\w+:)?svg[\s>/]/iy
/** What browsers take for a page though nobody calls it one (the WHATWG's MIME sniffing). */
const HTML =
  /<(?:!doctype html|html|head|body|script|iframe|title|style|meta|link|table|div|font|img|form|object|embed|h1|br|p|a|b)[\s>/]/iy

/** The kind of markup that a text begins as. */
export function markupOf(head: Buffer): 'text/html' | 'image/svg+xml' | undefined {
  const encoding = utf16(head) ?? 'utf-8'
  const text = new TextDecoder(encoding).decode(head)
  const start = afterAsides(text, text.startsWith('\ufeff') ? 1 : 0)
  if (startsAt(SVG, text, afterAsides(text, endOf(SVG_DOCTYPE, text, start) ?? start))) return 'image/svg+xml'
  return startsAt(HTML, text, start) ? 'text/html' : undefined
}

function afterAsides(text: string, from: number): number {
  let at = from
  for (let end = endOf(BEFORE, text, at); end !== undefined; end = endOf(BEFORE, text, at)) at = end
  return at
}

/** Where it ends that begins there; undefined where nothing of it does. */
function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}

const startsAt = (pattern: RegExp, text: string, at: number) => endOf(pattern, text, at) !== undefined
