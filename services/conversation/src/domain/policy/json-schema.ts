import { type FieldError, MAX_PAYLOAD_BYTES } from '@parley/contracts'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { IsDate, IsDateTime, IsUuid } from 'typebox/format'
import { patternSteps } from './pattern-steps.ts'

/**
 * Schemas that tenants write. Ajv compiles them rather than TypeBox, which is made for schemas of one's own: what Ajv generates is
 * put together from escaped parts whatever a schema holds. What a schema may ask for is bounded here before that: how much of it
 * there is once its references are followed, and how long its patterns may look at a payload.
 */
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictTuples: false, logger: false })
ajv.addFormat('date-time', IsDateTime)
ajv.addFormat('date', IsDate)
ajv.addFormat('uuid', IsUuid)
ajv.addFormat('uri', (text: string) => URL.canParse(text))
ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/u)

const FORMATS = ['date-time', 'date', 'uuid', 'uri', 'email']
/** Schemas within a schema, its references followed: a payload is looked at by each at most once at any place. */
const MAX_PARTS = 500
/** The same of all schemas of a policy: what compiles in some tenths of a second. */
const MAX_PARTS_OF_ALL = 1_000
/** Steps of all patterns over a whole payload: about a tenth of a second. */
const MAX_STEPS = 10_000_000
const MAX_PATTERNED = 1_000

/** How a keyword is looked into: its value is a schema, a list of schemas, or schemas by name. */
const SCHEMA = ['additionalProperties', 'propertyNames', 'items', 'contains', 'not', 'if', 'then', 'else']
const LISTS = ['prefixItems', 'anyOf', 'oneOf', 'allOf']
const MAPS = ['properties', '$defs']
const PLAIN = [
  ...['type', 'enum', 'const', 'required', 'minProperties', 'maxProperties', 'minItems', 'maxItems', 'uniqueItems'],
  ...['minLength', 'maxLength', 'pattern', 'format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['multipleOf', 'title', 'description', 'default', 'examples', '$comment', '$ref', '$schema'],
]
const KNOWN = new Set([...SCHEMA, ...LISTS, ...MAPS, ...PLAIN])
const DRAFTS = ['https://json-schema.org/draft/2020-12/schema', 'http://json-schema.org/draft-07/schema#']

type Schema = Record<string, unknown>
const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Where and why a schema is none that is taken; undefined: it is. Pointers are below the schema. `others` counts the parts of the
 * schemas beside it, which are compiled in the same moment: everybody waits as long.
 */
export function mistakeOfSchema(
  schema: Schema,
  others: { parts: number } = { parts: 0 },
): { pointer: string; detail: string } | undefined {
  try {
    if (schema.type !== 'object') throw new Mistake('/type', 'has to be "object", as every payload is one')
    const walk = new Walk(schema)
    walk.visit(schema, '', [])
    others.parts += walk.parts
    if (others.parts > MAX_PARTS_OF_ALL)
      throw new Mistake('', `has more than ${MAX_PARTS_OF_ALL} parts together with the types before it`)
    ajv.removeSchema(compiled(schema).schema)
    return undefined
  } catch (err) {
    if (err instanceof Mistake) return err
    return { pointer: '', detail: `is no JSON Schema: ${err instanceof Error ? err.message.slice(0, 200) : err}` }
  }
}

class Mistake extends Error {
  readonly pointer: string
  constructor(pointer: string, detail: string) {
    super(detail)
    this.pointer = pointer
  }
  get detail(): string {
    return this.message
  }
}

/** Looks at every part of a schema as often as a payload may. */
class Walk {
  readonly #root: Schema
  parts = 0
  #steps = 0
  constructor(root: Schema) {
    this.#root = root
  }

  visit(schema: unknown, at: string, refs: readonly string[]): void {
    if (typeof schema === 'boolean') return
    if (!isObject(schema)) throw new Mistake(at, 'is no schema')
    if (++this.parts > MAX_PARTS) throw new Mistake(at, `has more than ${MAX_PARTS} parts, its references followed`)
    const unknown = Object.keys(schema).find((keyword) => !KNOWN.has(keyword))
    if (unknown !== undefined) throw new Mistake(`${at}/${escaped(unknown)}`, 'is not a keyword that is taken here')
    this.#look(schema, at)
    for (const keyword of SCHEMA) if (keyword in schema) this.visit(schema[keyword], `${at}/${keyword}`, refs)
    for (const keyword of LISTS)
      for (const [i, one] of [schema[keyword] ?? []].flat().entries()) this.visit(one, `${at}/${keyword}/${i}`, refs)
    for (const keyword of MAPS) {
      if (!(keyword in schema)) continue
      const map = schema[keyword]
      if (!isObject(map)) throw new Mistake(`${at}/${keyword}`, 'is no object')
      for (const [name, one] of Object.entries(map)) this.visit(one, `${at}/${keyword}/${escaped(name)}`, refs)
    }
    if (schema.$ref !== undefined) this.#follow(schema.$ref, `${at}/$ref`, refs)
  }

  #follow(ref: unknown, at: string, refs: readonly string[]): void {
    const name = typeof ref === 'string' ? /^#\/\$defs\/([A-Za-z0-9_.-]+)$/.exec(ref)?.[1] : undefined
    const defs = this.#root.$defs
    if (name === undefined || !isObject(defs) || !Object.hasOwn(defs, name))
      throw new Mistake(at, 'is not one of the schema’s own "#/$defs/..."')
    if (refs.includes(name)) throw new Mistake(at, 'refers to itself')
    this.visit(defs[name], at, [...refs, name])
  }

  #look(schema: Schema, at: string): void {
    const { pattern, format, maxLength, uniqueItems, maxItems, $schema } = schema
    if ($schema !== undefined && !(at === '' && DRAFTS.includes(String($schema))))
      throw new Mistake(`${at}/$schema`, `is not ${DRAFTS[0]}`)
    if (format !== undefined && !FORMATS.includes(String(format)))
      throw new Mistake(`${at}/format`, `is none of ${FORMATS.join(', ')}`)
    // each is compared with each
    if (uniqueItems !== undefined && !(typeof maxItems === 'number' && maxItems <= 100))
      throw new Mistake(`${at}/uniqueItems`, 'needs a maxItems of at most 100 beside it')
    if (pattern === undefined) return
    if (typeof pattern !== 'string' || pattern.length > 200)
      throw new Mistake(`${at}/pattern`, 'is no pattern of at most 200 characters')
    if (typeof maxLength !== 'number' || maxLength < 1 || maxLength > MAX_PATTERNED)
      throw new Mistake(`${at}/pattern`, `needs a maxLength of at most ${MAX_PATTERNED} beside it`)
    const steps = patternSteps(pattern, maxLength)
    if (steps === undefined)
      throw new Mistake(
        `${at}/pattern`,
        'is made of characters, classes and repetitions only, without groups and alternatives',
      )
    // as often as so long a text fits into a payload
    this.#steps += steps * Math.ceil(MAX_PAYLOAD_BYTES / maxLength)
    if (this.#steps > MAX_STEPS)
      throw new Mistake(`${at}/pattern`, 'could take too long; begin it with ^, or repeat less')
  }
}

function compiled({ $schema: _, ...schema }: Schema): ValidateFunction {
  return ajv.compile(schema)
}

/** A check of payloads: what is wrong first; undefined: nothing is. Pointers are below the payload. */
export type PayloadCheck = (payload: unknown) => FieldError | undefined

/** Compiles a schema that `mistakeOfSchema` has found nothing wrong with. */
export function payloadCheck(schema: Schema): PayloadCheck {
  const validate = compiled(schema)
  // the function stays with whoever holds it
  ajv.removeSchema(validate.schema)
  return (payload) => {
    if (validate(payload)) return undefined
    const [{ instancePath, keyword, message = 'is wrong', params }] = validate.errors as [
      NonNullable<ValidateFunction['errors']>[number],
    ]
    if (keyword === 'required')
      return { pointer: `${instancePath}/${escaped(params.missingProperty)}`, code: keyword, detail: 'is required' }
    if (keyword === 'additionalProperties') {
      const pointer = `${instancePath}/${escaped(params.additionalProperty)}`.slice(0, 200)
      return { pointer, code: 'unknown_field', detail: 'is not a field here' }
    }
    return { pointer: instancePath.slice(0, 200), code: keyword, detail: message }
  }
}

const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')
