import { LinkifyIt } from 'linkify-it'

/** A stretch of a text: where it leads to, if it is a link. */
export interface TextPart {
  text: string
  href: string | null
}

// Without bare host names: "see notes.md" is no link to Moldova.
const links = new LinkifyIt({ fuzzyLink: false }).add('ftp:', null).add('//', null)
links.add('www.', {
  validate: (text, at, self) => {
    const rest = text.slice(at - 'www.'.length)
    const found = self.testSchemaAt(`http://${rest}`, 'http:', 'http:'.length)
    return Math.max(found - '//www.'.length, 0)
  },
  normalize: (match) => {
    match.url = `https://${match.url}`
  },
})

const safe = /^(?:https?|mailto):/iu

/** A text in stretches, in order; web addresses and e-mail addresses are links, and nothing else is one. */
export function linkedParts(text: string): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const { index, lastIndex, text: shown, url } of links.match(text) ?? []) {
    if (!safe.test(url)) continue
    if (index > end) parts.push({ text: text.slice(end, index), href: null })
    parts.push({ text: shown, href: url })
    end = lastIndex
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null })
  return parts
}
