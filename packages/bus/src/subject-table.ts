/** NATS wildcards: `*` stands for one token, a final `>` for one or more. */
export function subjectMatches(pattern: string, subject: string): boolean {
  if (!isWildcard(pattern)) return pattern === subject
  const wanted = pattern.split('.')
  const tokens = subject.split('.')
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === '>') return i === wanted.length - 1 && tokens.length > i
    if (i >= tokens.length || (wanted[i] !== '*' && wanted[i] !== tokens[i])) return false
  }
  return tokens.length === wanted.length
}

const isWildcard = (pattern: string) => pattern.includes('*') || pattern.endsWith('>')

/** Who is interested in which subjects. Plain subjects are looked up, patterns tried one by one. */
export class SubjectTable<T> {
  readonly #plain = new Map<string, Set<T>>()
  readonly #patterns = new Map<string, Set<T>>()

  add(pattern: string, entry: T): () => void {
    const table = isWildcard(pattern) ? this.#patterns : this.#plain
    const entries = table.get(pattern) ?? new Set()
    table.set(pattern, entries.add(entry))
    return () => {
      entries.delete(entry)
      if (entries.size === 0 && table.get(pattern) === entries) table.delete(pattern)
    }
  }

  match(subject: string): T[] {
    const found = [...(this.#plain.get(subject) ?? [])]
    for (const [pattern, entries] of this.#patterns) if (subjectMatches(pattern, subject)) found.push(...entries)
    return found
  }
}
