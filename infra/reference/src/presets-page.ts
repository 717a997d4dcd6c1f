import { ContextRule, Policy, type PresetName, StatusRule } from '@parley/contracts'
import { presets } from '@parley/conversation'
import { withSection } from './marked-section.ts'
import { inWords } from './policy-words.ts'

const names = Object.keys(presets) as PresetName[]
/** Sections, or settings of one, that are kept and given back, while nothing goes by them yet, with what will. */
const notYet: Readonly<Record<string, string>> = {
  contactDetails: 'nothing is masked yet: it comes with search',
}

/** docs/presets.md with its tables as the code has them, each between its two marks. */
export function withPolicyTables(page: string): string {
  const tables = { rules: rulesTable(), statuses: statusesTable(), settings: settingsOfPolicy() }
  return Object.entries(tables).reduce(
    (text, [name, section]) => withSection(text, 'docs/presets.md', `<!-- ${name} -->`, section),
    page,
  )
}

const fieldsOf = (schema: object): [name: string, schema: object][] =>
  'properties' in schema ? Object.entries(schema.properties as Record<string, object>) : []

/** What every setting of a section says of itself. Throws for one that says nothing. */
function descriptionsOf(schema: object): [setting: string, description: string][] {
  return fieldsOf(schema).map(([name, field]) => [name, descriptionOf(name, field)])
}

function descriptionOf(name: string, schema: object): string {
  if ('description' in schema && typeof schema.description === 'string') return schema.description
  throw new Error(`${name} has no description in its schema`)
}

/** The sections whose settings have one value each; contexts have a rule per type. */
const sections = fieldsOf(Policy).filter(([name]) => !['preset', 'contexts'].includes(name))

const settingOf = (preset: PresetName, section: string, name: string) =>
  Object.entries(Object.entries(presets[preset]).find(([key]) => key === section)?.[1] ?? {}).find(
    ([key]) => key === name,
  )?.[1]

function rulesTable(): string {
  const settings = sections.flatMap(([section, schema]) =>
    fieldsOf(schema).map(([name]) => [
      `\`${section}.${name}\``,
      ...names.map((preset) => inWords(name, settingOf(preset, section, name))),
    ]),
  )
  const contexts = ['`contexts`', ...names.map((preset) => contextsCell(presets[preset]))]
  return table(['setting', ...names.map((name) => `\`${name}\``)], [contexts, ...settings])
}

function contextsCell({ contexts }: Policy): string {
  const rules = Object.entries(contexts).map(
    ([type, { conversation, starters }]) =>
      `${type === '*' ? 'any type' : `\`${type}\``}: \`${conversation}\`, started by ${inWords('starters', starters)}`,
  )
  return rules.length === 0 ? 'none' : rules.join('<br>')
}

function statusesTable(): string {
  const rows = names.flatMap((preset) =>
    Object.entries(presets[preset].contexts).flatMap(([type, { statuses }]) =>
      Object.entries(statuses).map(([status, { conversation, afterSeconds = 0, reason }]) => [
        `\`${preset}\``,
        `\`${type}\``,
        `\`${status}\``,
        `\`${conversation}\``,
        inWords('afterSeconds', afterSeconds),
        `\`${reason ?? status}\``,
      ]),
    ),
  )
  return table(['preset', 'context', 'status', 'conversation', 'when', '`statusReason`'], rows)
}

function settingsOfPolicy(): string {
  const preset = ['`preset`', 'The starting point: the name of a preset', '`default`']
  const contexts = ['`contexts`', descriptionOf('contexts', Policy.properties.contexts), contextsCell(presets.default)]
  const rules = [
    ...descriptionsOf(ContextRule).map(([name, description]) => [`contexts.<type>.${name}`, description]),
    ...descriptionsOf(StatusRule).map(([name, description]) => [
      `contexts.<type>.statuses.<status>.${name}`,
      description,
    ]),
  ].map(([setting, description = '']) => [`\`${setting}\``, description, ''])
  const rest = sections.flatMap(([section, schema]) =>
    descriptionsOf(schema).map(([name, description]) => {
      const missing = notYet[`${section}.${name}`] ?? notYet[section]
      return [
        `\`${section}.${name}\``,
        missing ? `${description}. **Not yet**: ${missing}` : description,
        inWords(name, settingOf('default', section, name)),
      ]
    }),
  )
  return table(['setting', 'what it says', 'default'], [preset, contexts, ...rules, ...rest])
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}
