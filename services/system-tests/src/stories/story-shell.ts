/**
 * As much of a shell as the pages below docs/presets use, so that what readers copy is what the tests run: assignments,
 * `curl` with a few of its options, and `curl ... | jq -r .path` to take an id out of a reply.
 */

export interface Request {
  method: string
  url: string
  headers: Record<string, string>
  body: string | undefined
}

export type Command =
  | { kind: 'request'; request: Request }
  /** `NAME=$(curl ... | jq -r .path)` */
  | { kind: 'take'; name: string; request: Request; path: string[] }
  /** `NAME=$(npm run --silent token -- ...)` */
  | { kind: 'token'; name: string; options: Record<string, string> }
  | { kind: 'set'; name: string; value: string }

const commandPattern = /^(?:export )?([A-Z_]+)=(?:\$\((.*)\)|(.*))$/s

/** The commands of a block; variables are read when a command's turn comes. */
export function commandsOf(block: string): ((variables: ReadonlyMap<string, string>) => Command)[] {
  const joined = block.replaceAll(/\\\n\s*/g, ' ')
  // what stands in quotes may go over several lines
  return (joined.match(/(?:'[^']*'|"[^"]*"|[^'"\n])+/g) ?? [])
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => (variables) => commandOf(line, variables))
}

function commandOf(line: string, variables: ReadonlyMap<string, string>): Command {
  const [, name, run, value] = commandPattern.exec(line) ?? []
  if (name === undefined) return { kind: 'request', request: requestOf(wordsOf(line, variables)) }
  if (run === undefined) return { kind: 'set', name, value: wordsOf(value ?? '', variables).join(' ') }
  const words = wordsOf(run, variables)
  if (words[0] === 'npm') return { kind: 'token', name, options: optionsOf(words.slice(words.indexOf('--') + 1)) }
  const pipe = words.indexOf('|')
  const [jq, raw, path = ''] = words.slice(pipe + 1)
  if (pipe < 0 || jq !== 'jq' || raw !== '-r') throw new Error(`Only curl ... | jq -r .path is known, not: ${run}`)
  return { kind: 'take', name, request: requestOf(words.slice(0, pipe)), path: path.split(/[.[\]]+/).filter(Boolean) }
}

/** Words as a POSIX shell makes them of quotes and variables. */
function wordsOf(line: string, variables: ReadonlyMap<string, string>): string[] {
  const expand = (text: string) =>
    text.replaceAll(/\$(\w+)/g, (_, name: string) => {
      const value = variables.get(name)
      if (value === undefined) throw new Error(`$${name} is not set: ${line}`)
      return value
    })
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? []
  return words.map((word) =>
    (word.match(/'[^']*'|"[^"]*"|[^'"]+/g) ?? [])
      .map((part) => (part.startsWith("'") ? part.slice(1, -1) : expand(part.replace(/^"(.*)"$/s, '$1'))))
      .join(''),
  )
}

function requestOf([program, ...words]: string[]): Request {
  if (program !== 'curl') throw new Error(`The pages call nothing but curl, and not ${program}`)
  const headers: Record<string, string> = {}
  let method: string | undefined
  let url: string | undefined
  let body: string | undefined
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const next = () => words[++i] ?? ''
    if (word === '-s') continue
    else if (word === '-X') method = next()
    else if (word === '--json') {
      body = next()
      headers['content-type'] = 'application/json'
    } else if (word === '-H') {
      const [name = '', value = ''] = next().split(/:\s*/, 2)
      headers[name.toLowerCase()] = value
    } else if (word.startsWith('-')) throw new Error(`curl ${word} is not among the options that the pages use`)
    else if (url === undefined) url = word
    else throw new Error(`More than one address: ${word}`)
  }
  if (url === undefined) throw new Error('curl without an address')
  return { method: method ?? (body === undefined ? 'GET' : 'POST'), url, headers, body }
}

function optionsOf(words: string[]): Record<string, string> {
  const options: Record<string, string> = {}
  for (let i = 0; i < words.length; i += 2) options[words[i]!.replace(/^--/, '')] = words[i + 1] ?? ''
  return options
}
