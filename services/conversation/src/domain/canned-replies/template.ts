import { CANNED_VARIABLES, type CannedVariable } from '@parley/contracts'
import { invalidField } from '../refusals.ts'

/** `{{name}}`, and `{{name|there}}` with what stands there when the name is not known. */
const PLACE = /\{\{([^{}|]*)(?:\|([^{}]*))?\}\}/g

/** What the variables say where a text is to be used; null: nothing. */
export type Values = Readonly<Record<CannedVariable, string | null>>

const isVariable = (name: string): name is CannedVariable => (CANNED_VARIABLES as readonly string[]).includes(name)

/**
 * Refuses a text that asks for what there is not, and braces that ask for nothing as they stand: whoever gets the message would read
 * them.
 */
export function requireTemplate(text: string): void {
  variablesOf(text)
  if (text.replace(PLACE, '').includes('{{'))
    throw invalidField(
      '/text',
      'braces',
      'has {{ that begin no variable: {{name}}, or {{name|there}}, without braces in it',
    )
}

/** The variables of a text. Refuses one that asks for what there is not. */
export function variablesOf(text: string): CannedVariable[] {
  const names = [...text.matchAll(PLACE)].map(([, name]) => name!.trim())
  return [...new Set(names)].map((name) => {
    if (isVariable(name)) return name
    const known = CANNED_VARIABLES.join(', ')
    throw invalidField('/text', 'variable', `asks for {{${name}}}, which is no variable: there are ${known}`)
  })
}

/** The text with what the variables say, each once: what somebody is called is not looked through for variables. */
export function fill(text: string, values: Values): { filled: string; missing: CannedVariable[] } {
  const missing = new Set<CannedVariable>()
  const filled = text.replace(PLACE, (whole, given: string, otherwise?: string) => {
    const name = given.trim()
    if (!isVariable(name)) return whole
    const value = values[name] ?? otherwise?.trim()
    if (value === undefined) missing.add(name)
    return value ?? ''
  })
  return { filled, missing: [...missing] }
}

/** The first word of a name. */
export const firstOf = (name: string | null) => name?.trim().split(/\s+/)[0] || null
