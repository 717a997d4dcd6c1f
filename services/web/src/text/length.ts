/** As the server counts: whole characters, not halves of them. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _character of text) length++
  return length
}

/** Whether the server takes it, once what surrounds it is taken off. */
export function fits(text: string, limit: number): boolean {
  return text.length <= limit || lengthOf(text.trim()) <= limit
}

/** How many characters are left, once that is worth saying: in the last tenth. Below zero: too long by so many. */
export function roomLeft(text: string, limit: number): number | null {
  // Cheap for what is far from it, on every key.
  if (text.length < limit * 0.9) return null
  const left = limit - lengthOf(text)
  return left <= limit * 0.1 ? left : null
}

/** What the server takes as text: no half characters, and of the control characters only tabs and line breaks. */
export function cleanText(text: string): string {
  return text
    .replace(/\p{Cs}/gu, '\ufffd')
    .replace(/[^\P{Cc}\t\n\r]/gu, ' ')
    .trim()
}
