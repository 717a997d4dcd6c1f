import type { FoundMessage } from '@parley/contracts'

/** Some words of a message; `found` are those that were looked for. */
export interface SnippetPart {
  text: string
  found: boolean
}

const BEFORE = 40
const LENGTH = 240

/** The part of a message in which what was looked for stands first, with what stands around it. */
export function snippetOf(content: string, highlights: FoundMessage['highlights']): SnippetPart[] {
  const first = highlights[0]?.[0] ?? 0
  const from = first <= BEFORE ? 0 : wordStart(content, first - BEFORE)
  const to = Math.min(content.length, from + LENGTH)
  const parts: SnippetPart[] = []
  let at = from
  const add = (end: number, found: boolean) => {
    if (end > at) parts.push({ text: content.slice(at, end), found })
    at = Math.max(at, end)
  }
  for (const [start = 0, length = 0] of highlights) {
    // What comes from elsewhere may say anything; what is shown is in order, and each character once.
    if (start < at || start >= to) continue
    add(start, false)
    add(Math.min(start + length, to), true)
  }
  add(to, false)
  if (from > 0) parts.unshift({ text: '… ', found: false })
  if (to < content.length) parts.push({ text: ' …', found: false })
  return parts
}

/** After the next space, unless none comes soon: no word and no character is cut in two. */
function wordStart(content: string, at: number): number {
  const space = content.indexOf(' ', at)
  if (space >= 0 && space < at + BEFORE) return space + 1
  const unit = content.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : at
}
