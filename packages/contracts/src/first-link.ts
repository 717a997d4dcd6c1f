/** What people write around links, and does not belong to them. */
const AFTER = /[.,;:!?'"»”’*_~]+$/u

/** The first address of a page in a text; undefined where there is none. */
export function firstLink(text: string): string | undefined {
  for (const [found] of text.slice(0, 16_384).matchAll(/\bhttps?:\/\/[^\s<>"'`]+/giu)) {
    let link = found.replace(AFTER, '')
    // One in brackets is closed by what opened before it.
    while (/[)\]}]$/.test(link) && !closes(link)) link = link.slice(0, -1).replace(AFTER, '')
    if (URL.canParse(link)) return new URL(link).href
  }
  return undefined
}

function closes(link: string): boolean {
  const [open, close] = link.endsWith(')') ? ['(', ')'] : link.endsWith(']') ? ['[', ']'] : ['{', '}']
  return link.split(open).length >= link.split(close).length
}
