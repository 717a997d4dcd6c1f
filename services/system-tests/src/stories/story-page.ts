/** What a page has the reader do, and what it promises of the answer. */
export type Step = { line: number } & (
  | { kind: 'commands'; block: string; reply: { status: number; body: unknown } | undefined }
  /** A program with a socket, and nothing of it yet. */
  | { kind: 'program'; block: string }
  /** What the program before has printed by now. */
  | { kind: 'printed'; lines: string[] }
)

/**
 * The fenced blocks of a page: `sh` is done, a `jsonc` block behind it is its last reply (its first line a comment with the
 * status), `js` is started, and `text` is what that has printed. What is done with servers is `bash`, and tested elsewhere.
 */
export function stepsOf(markdown: string): Step[] {
  const steps: Step[] = []
  for (const match of markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const [, language, block = ''] = match
    const line = markdown.slice(0, match.index).split('\n').length
    const before = steps.at(-1)
    if (language === 'bash') continue
    if (language === 'sh') steps.push({ kind: 'commands', line, block, reply: undefined })
    else if (language === 'js') steps.push({ kind: 'program', line, block })
    else if (language === 'text') steps.push({ kind: 'printed', line, lines: block.trim().split('\n') })
    else if (language === 'jsonc' && before?.kind === 'commands') before.reply = replyOf(block)
    else throw new Error(`Line ${line}: a ${language} block has no place here`)
  }
  return steps
}

function replyOf(block: string): { status: number; body: unknown } {
  const [first = '', ...rest] = block.split('\n')
  const body = rest.join('\n').trim()
  return { status: Number(/^\/\/ (\d+)/.exec(first)?.[1]), body: body === '' ? undefined : JSON.parse(body) }
}

/**
 * Where an answer is not as the page shows it: fields that are shown have to be there and be the same, others may be there
 * besides. "…" stands for any value, and as the last one of a list for any number of them.
 */
export function differences(shown: unknown, real: unknown, at = ''): string[] {
  if (shown === '…') return real === undefined || real === null ? [`${at} is missing`] : []
  if (Array.isArray(shown)) {
    if (!Array.isArray(real)) return [`${at} is no list`]
    const isOpen = shown.length > 0 && shown.at(-1) === '…'
    const listed = isOpen ? shown.slice(0, -1) : shown
    if (isOpen ? real.length < listed.length : real.length !== listed.length)
      return [`${at} has ${real.length} entries: ${JSON.stringify(real)}`]
    return listed.flatMap((one, i) => differences(one, real[i], `${at}/${i}`))
  }
  if (typeof shown === 'object' && shown !== null) {
    if (typeof real !== 'object' || real === null) return [`${at} is ${JSON.stringify(real)}`]
    const fields = new Map(Object.entries(real))
    return Object.entries(shown).flatMap(([name, value]) => differences(value, fields.get(name), `${at}/${name}`))
  }
  return shown === real ? [] : [`${at} is ${JSON.stringify(real)}, not ${JSON.stringify(shown)}`]
}
