const ELLIPSIS = '…'
const segments = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * The text of a payload with as much of the body in it as fits, and with an ellipsis where that is not all of it. A character is never
 * cut in two. `limit` is in bytes.
 */
export function fitBody(build: (body: string) => string, body: string, limit: number): string {
  const whole = build(body)
  if (Buffer.byteLength(whole) <= limit) return whole
  // each takes a byte at least; the last, that this may cut in two, is never among those that fit
  const characters = [...segments.segment(body.slice(0, limit))].map(({ segment }) => segment)
  let [fits, tooMany] = [0, characters.length]
  while (tooMany - fits > 1) {
    const count = (fits + tooMany) >> 1
    const text = build(characters.slice(0, count).join('') + ELLIPSIS)
    if (Buffer.byteLength(text) <= limit) fits = count
    else tooMany = count
  }
  return build(fits === 0 ? '' : characters.slice(0, fits).join('').trimEnd() + ELLIPSIS)
}
