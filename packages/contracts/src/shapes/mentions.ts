/** In an id `]` and `\` stand behind a `\`. */
const MENTION = /@\[((?:[^\]\\]|\\[\]\\]){1,256})\]/g
/** A message mentions at most this many people; whoever comes later stays text. */
export const MAX_MENTIONS = 50

/** How a text mentions a user: `@[userId]`. */
export function mentionOf(userId: string): string {
  return `@[${userId.replace(/[\]\\]/g, '\\$&')}]`
}

/** The ids that a text mentions, each once, in order. Whether they are anybody here is another question. */
export function mentionsIn(text: string): string[] {
  if (!text.includes('@[')) return []
  const found = new Set<string>()
  for (const [, id] of text.matchAll(MENTION)) {
    found.add(idOf(id!))
    if (found.size === MAX_MENTIONS) break
  }
  return [...found]
}

/** The text in its parts: words, and who is mentioned between them. `mentions` are those of the message. */
export function textParts(text: string, mentions: readonly string[]): ({ text: string } | { userId: string })[] {
  const parts: ({ text: string } | { userId: string })[] = []
  let from = 0
  if (mentions.length > 0)
    for (const match of text.matchAll(MENTION)) {
      const userId = idOf(match[1]!)
      if (!mentions.includes(userId)) continue
      if (match.index > from) parts.push({ text: text.slice(from, match.index) })
      parts.push({ userId })
      from = match.index + match[0].length
    }
  if (from < text.length) parts.push({ text: text.slice(from) })
  return parts
}

const idOf = (written: string) => written.replace(/\\([\]\\])/g, '$1')
