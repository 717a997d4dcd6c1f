import type { Static, TObject, TProperties, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { keyProblems } from './signing-keys.ts'
import { fromTexts } from './text-values.ts'

/** What of a setting's schema a person needs to mend a bad value. */
interface Setting {
  type?: string
  enum?: unknown[]
  minimum?: number
  maximum?: number
  default?: unknown
  description?: string
  expected?: string
}

/** One variable that keeps a process from starting. Never holds the variable's value, which may be secret. */
export interface ConfigProblem {
  name: string
  detail: string
}

/** Every bad variable of a configuration; the message lists them, one a line. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: ConfigProblem[]
  constructor(problems: ConfigProblem[]) {
    super(`Bad configuration:\n${problems.map(({ name, detail }) => `  ${name} ${detail}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads the environment as the schema asks, a property per variable; see `settings`. An empty variable counts as unset,
 * lists are separated by commas. Throws one ConfigError that names every missing or bad variable, without its value.
 */
export function readConfig<T extends TProperties>(
  schema: TObject<T>,
  env: NodeJS.ProcessEnv = process.env,
): Static<TObject<T>> {
  const required = new Set<string>((schema as { required?: string[] }).required)
  const problems: ConfigProblem[] = []
  const texts: Record<string, string | string[]> = {}
  const config: Record<string, unknown> = {}
  for (const [name, property] of Object.entries<TSchema & Setting>(schema.properties)) {
    const text = env[name]
    if (text) texts[name] = property.type === 'array' ? splitList(text) : text
    else if (property.default !== undefined) config[name] = structuredClone(property.default)
    else if (required.has(name)) problems.push({ name, detail: `is not set: ${explain(property)}` })
  }
  for (const [name, value] of Object.entries(fromTexts(schema, texts))) {
    const property = schema.properties[name] as TSchema & Setting
    if (Check(property, value)) config[name] = value
    else problems.push({ name, detail: `is not valid: ${explain(property)}` })
  }
  problems.push(...keyProblems(schema.properties, config, env.NODE_ENV === 'production'))
  if (problems.length > 0) throw new ConfigError(problems)
  return config as Static<TObject<T>>
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function explain(property: Setting): string {
  return `expected ${expectation(property)}${property.description ? ` (${property.description})` : ''}`
}

function expectation({ expected, enum: words, type, minimum, maximum }: Setting): string {
  if (expected) return expected
  if (words) return `one of ${words.join(', ')}`
  if (type === 'boolean') return 'true or false'
  if (type !== 'integer' && type !== 'number') return 'some text'
  const kind = type === 'integer' ? 'a whole number' : 'a number'
  if (minimum !== undefined && maximum !== undefined) return `${kind} from ${minimum} to ${maximum}`
  if (minimum !== undefined) return `${kind} of at least ${minimum}`
  return maximum !== undefined ? `${kind} of at most ${maximum}` : kind
}
