const ATOM =
  /(?:\\(?:[dDsSwW]|[pP]\{[A-Za-z_=]{1,40}\}|[\^$\\.*+?()[\]{}|/-])|\[(?:[^\\[\]]|\\.)+\]|[^^$\\.*+?()[\]{}|]|\.)/uy
const REPETITION = /(?:[*+?]|\{(\d{1,4})(?:(,)(\d{0,4}))?\})\??/uy

/**
 * How many steps a regular expression may take over a text of that length at worst; undefined for one that is not a row of
 * characters and classes, each with its repetition, between `^` and `$` or not. Of such a row the ways to match it are those of
 * choosing each repetition, and nothing multiplies them: it has no groups, alternatives, assertions or references.
 */
export function patternSteps(pattern: string, maxLength: number): number | undefined {
  try {
    new RegExp(pattern, 'u')
  } catch {
    return undefined
  }
  const isAnchored = pattern.startsWith('^')
  const end = pattern.endsWith('$') && !pattern.endsWith('\\$') ? pattern.length - 1 : pattern.length
  let steps = isAnchored ? 1 : maxLength + 1
  let longest = 1
  let at = isAnchored ? 1 : 0
  while (at < end) {
    ATOM.lastIndex = at
    if (!ATOM.test(pattern)) return undefined
    at = ATOM.lastIndex
    REPETITION.lastIndex = at
    const repetition = REPETITION.exec(pattern)
    if (!repetition) continue
    at = REPETITION.lastIndex
    const [least, most] = bounds(repetition, maxLength)
    longest = Math.max(longest, least)
    steps *= Math.max(1, Math.min(most, maxLength) - least + 1)
  }
  return at === end ? steps * longest : undefined
}

function bounds([sign, least, comma, most]: RegExpExecArray, maxLength: number): [least: number, most: number] {
  if (least === undefined) return [sign!.startsWith('+') ? 1 : 0, sign!.startsWith('?') ? 1 : maxLength]
  if (comma === undefined) return [Number(least), Number(least)]
  return [Number(least), most ? Number(most) : maxLength]
}
