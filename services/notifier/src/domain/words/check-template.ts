import { type FieldError, ParleyError, type TemplateChannel, type TemplateWords } from '@parley/contracts'
import Mustache from 'mustache'
import { NAMES } from './view.ts'

const FIELDS: Record<TemplateChannel, readonly (keyof TemplateWords)[]> = {
  push: ['title', 'body'],
  email: ['subject', 'text', 'html'],
}
/** What a section of it is filled in several times. */
const LIST = 'messages'
const DEEPEST = 10

/** The words of a template of that channel. Refuses with `invalid_input` what is missing, does not belong to it, or cannot be filled in. */
export function checkTemplate(channel: TemplateChannel, words: TemplateWords): TemplateWords {
  const names = Object.keys(words) as (keyof TemplateWords)[]
  const errors = [
    ...FIELDS[channel]
      .filter((name) => words[name] === undefined)
      .map((name) =>
        mistake(name, 'required', `is required: of ${channel} a template has ${FIELDS[channel].join(', ')}`),
      ),
    ...names
      .filter((name) => !FIELDS[channel].includes(name))
      .map((name) => mistake(name, 'unknown_field', `is no part of what ${channel} says`)),
    ...FIELDS[channel].flatMap((name) => mistakesIn(name, words[name])),
  ]
  const [first] = errors
  if (first) throw new ParleyError('invalid_input', `${first.pointer} ${first.detail}`, { errors: errors.slice(0, 10) })
  return words
}

const mistake = (field: string, code: string, detail: string): FieldError => ({ pointer: `/${field}`, code, detail })

function mistakesIn(field: keyof TemplateWords, template: string | undefined): FieldError[] {
  if (template === undefined) return []
  let tokens: Token[]
  try {
    tokens = new Mustache.Writer().parse(template) as Token[]
  } catch (err) {
    return [mistake(field, 'template', `is no template: ${err instanceof Error ? err.message : String(err)}`)]
  }
  return mistakesOf(field, tokens, 0, false).slice(0, 10)
}

/** Type, name, where it begins and ends; of a section what is in it. */
type Token = [type: string, name: string, start: number, end: number, inner?: Token[], ...unknown[]]

function mistakesOf(field: keyof TemplateWords, tokens: Token[], depth: number, isInList: boolean): FieldError[] {
  return tokens.flatMap(([type, name, start, , inner]) => {
    const at = `(at character ${start})`
    if (type === 'text' || type === '!' || type === '=') return []
    if (type === '>') return [mistake(field, 'template', `has {{>${name}}}, and there is nothing to put in ${at}`)]
    if (type === '&' && field === 'html')
      return [mistake(field, 'unescaped', `would put {{${name}}} in as it is: write it with two braces ${at}`)]
    if (!NAMES.has(name)) return [mistake(field, 'template', `names {{${name}}}, which there is not ${at}`)]
    if (!Array.isArray(inner)) return []
    // each level would fill in what is within it so many times more
    if (type === '#' && name === LIST && isInList)
      return [mistake(field, 'template', `has the messages within the messages ${at}`)]
    if (depth >= DEEPEST) return [mistake(field, 'template', `has sections more than ${DEEPEST} deep ${at}`)]
    return mistakesOf(field, inner, depth + 1, isInList || (type === '#' && name === LIST))
  })
}
