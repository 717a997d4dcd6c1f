/** What people write around links, and does not belong to them. */
const AFTER = new Set('.,;:!?\'"»”’*_~')
/** What opened before each of these. */
const OPENING = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
])

/** The first address of a page in a text; undefined where there is none. */
export function firstLink(text: string): string | undefined {
  for (const [found] of text.slice(0, 16_384).matchAll(/\bhttps?:\/\/[^\s<>"'`]+/giu)) {
    const link = withoutAfter(found)
    if (URL.canParse(link)) return new URL(link).href
  }
  return undefined
}

/** In one pass, whatever stands there: messages of strangers are looked through by it. One in brackets is closed by what opened before it. */
function withoutAfter(found: string): string {
  const counts = new Map<string, number>()
  const countOf = (bracket: string) => counts.get(bracket) ?? 0
  for (const [bracket] of found.matchAll(/[()[\]{}]/g)) counts.set(bracket, countOf(bracket) + 1)
  let end = found.length
  for (; end > 0; end--) {
    const last = found[end - 1]!
    const opening = OPENING.get(last)
    if (opening === undefined ? !AFTER.has(last) : countOf(opening) >= countOf(last)) break
    counts.set(last, countOf(last) - 1)
  }
  return found.slice(0, end)
}
