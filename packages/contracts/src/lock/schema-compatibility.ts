import type { JsonSchema } from './named-schemas.ts'

/** Whether peers send what the schema describes (`input`) or read it (`output`). */
export type Side = 'input' | 'output'

export interface Located {
  schema: JsonSchema
  within: { definitions: Record<string, JsonSchema> }
}

/** Larger is looser. */
const upperBounds = ['maxLength', 'maximum', 'maxItems', 'maxProperties']
/** Smaller is looser. */
const lowerBounds = ['minLength', 'minimum', 'minItems', 'minProperties']
/** Having one is tighter than having none; two different ones cannot be compared. */
const rules = ['pattern', 'format']
/** Say nothing about which values are right. */
const annotations = new Set(['description', 'title', 'examples', '$id', '$comment'])
const structure = new Set(['type', 'const', 'enum', 'anyOf', 'properties', 'required', 'additionalProperties', 'items'])
const known = new Set([...structure, ...upperBounds, ...lowerBounds, ...rules, 'patternProperties', '$ref'])

/** What a peer built for `before` would trip over when the other end has `after`; each names its place. */
export function compareSchemas(side: Side, at: string, before: Located, after: Located): string[] {
  const breaks: string[] = []
  compare(side, at, before, after, (place, what) => breaks.push(`${place}: ${what}`))
  return breaks
}

type Report = (at: string, what: string) => void

function compare(side: Side, at: string, before: Located, after: Located, report: Report): void {
  const old = resolve(before)
  const now = resolve(after)
  if (JSON.stringify(old) === JSON.stringify(now) && before.within === after.within) return
  if (old.anyOf || now.anyOf) {
    compareVariants(side, at, before, after, report)
    return
  }
  if (valuesOf(old) || valuesOf(now)) {
    compareValues(side, at, old, now, report)
    return
  }
  if (old.type !== now.type) {
    compareTypes(side, at, old, now, report)
    return
  }
  compareBounds(side, at, old, now, report)
  compareProperties(side, at, before, after, report)
  const pattern = (schema: JsonSchema) => (schema.patternProperties ?? {}) as Record<string, JsonSchema>
  if (Object.keys(pattern(old)).join() !== Object.keys(pattern(now)).join())
    report(at, 'the pattern of its keys changed')
  for (const [key, schema] of Object.entries(pattern(old))) {
    const other = pattern(now)[key]
    if (other) compare(side, `${at}/*`, { ...before, schema }, { ...after, schema: other }, report)
  }
  if (old.items && now.items)
    compare(
      side,
      `${at}/[]`,
      { ...before, schema: old.items as JsonSchema },
      { ...after, schema: now.items as JsonSchema },
      report,
    )
  else if (old.items || now.items) report(at, 'its items are retyped')
  for (const keyword of new Set([...Object.keys(old), ...Object.keys(now)]))
    if (
      !known.has(keyword) &&
      !annotations.has(keyword) &&
      JSON.stringify(old[keyword]) !== JSON.stringify(now[keyword])
    )
      report(at, `${keyword} was ${said(old[keyword])}, is ${said(now[keyword])}`)
}

function resolve({ schema, within }: Located): JsonSchema {
  if (typeof schema.$ref !== 'string') return schema
  const target = within.definitions[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)]
  if (!target) throw new Error(`No definition of ${schema.$ref}`)
  return resolve({ schema: target, within })
}

/** Every variant that peers may send needs one that takes it; every one that they may read has to be one they knew. */
function compareVariants(side: Side, at: string, before: Located, after: Located, report: Report): void {
  const variants = (located: Located) => {
    const { anyOf } = resolve(located)
    return anyOf ? (anyOf as JsonSchema[]).map((schema) => ({ ...located, schema })) : [located]
  }
  const all = { old: variants(before), now: variants(after) }
  const fits = (old: Located, now: Located) => compareSchemas(side, at, old, now).length === 0
  if (all.old.length === all.now.length && all.old.length > 1) {
    // the common case: name what changed inside the one variant that changed
    const lost = all.old.filter((old) => !all.now.some((now) => fits(old, now)))
    const found = all.now.filter((now) => !all.old.some((old) => fits(old, now)))
    if (lost.length === 1 && found.length === 1) {
      compare(side, at, lost[0]!, found[0]!, report)
      return
    }
  }
  for (const old of all.old)
    if (!all.now.some((now) => fits(old, now))) report(at, `it can no longer be ${nameOf(resolve(old))}`)
  if (side === 'output')
    for (const now of all.now)
      if (!all.old.some((old) => fits(old, now))) report(at, `readers do not expect it to be ${nameOf(resolve(now))}`)
}

function valuesOf(schema: JsonSchema): unknown[] | undefined {
  if ('const' in schema) return [schema.const]
  return schema.enum as unknown[] | undefined
}

function compareValues(side: Side, at: string, old: JsonSchema, now: JsonSchema, report: Report): void {
  const was = valuesOf(old)
  const is = valuesOf(now)
  if (side === 'input' && was && !is && was.every((value) => isText(now, value))) return
  if (!was || !is) {
    report(at, `retyped from ${nameOf(old)} to ${nameOf(now)}`)
    return
  }
  for (const value of was) if (!is.includes(value)) report(at, `the value ${said(value)} is gone`)
  if (side === 'output')
    for (const value of is) if (!was.includes(value)) report(at, `readers do not know the new value ${said(value)}`)
}

/** Whether the schema of any text takes the value. */
function isText(schema: JsonSchema, value: unknown): boolean {
  const { type, pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY, format } = schema
  return (
    type === 'string' &&
    typeof value === 'string' &&
    format === undefined &&
    value.length >= Number(minLength) &&
    value.length <= Number(maxLength) &&
    (pattern === undefined || new RegExp(String(pattern), 'u').test(value))
  )
}

function compareTypes(side: Side, at: string, old: JsonSchema, now: JsonSchema, report: Report): void {
  const widened = old.type === 'integer' && now.type === 'number'
  const narrowed = old.type === 'number' && now.type === 'integer'
  if (side === 'input' ? widened : narrowed) {
    compareBounds(side, at, old, now, report)
    return
  }
  report(at, `retyped from ${nameOf(old)} to ${nameOf(now)}`)
}

function compareBounds(side: Side, at: string, old: JsonSchema, now: JsonSchema, report: Report): void {
  const isLooser = (keyword: string): boolean => {
    const [was, is] = [old[keyword], now[keyword]]
    if (is === undefined) return true
    if (was === undefined || rules.includes(keyword)) return false
    return upperBounds.includes(keyword) ? Number(is) > Number(was) : Number(is) < Number(was)
  }
  for (const keyword of [...upperBounds, ...lowerBounds, ...rules]) {
    if (old[keyword] === now[keyword]) continue
    const looser = isLooser(keyword)
    const incomparable = rules.includes(keyword) && old[keyword] !== undefined && now[keyword] !== undefined
    if (!incomparable && looser === (side === 'input')) continue
    const how = incomparable ? 'changed' : looser ? 'loosened, which readers do not expect' : 'tightened'
    report(at, `${keyword} was ${said(old[keyword])}, is ${said(now[keyword])}: ${how}`)
  }
}

function compareProperties(side: Side, at: string, before: Located, after: Located, report: Report): void {
  const [old, now] = [resolve(before), resolve(after)]
  const fields = (schema: JsonSchema) => (schema.properties ?? {}) as Record<string, JsonSchema>
  const isRequired = (schema: JsonSchema, name: string) => ((schema.required ?? []) as string[]).includes(name)
  for (const [name, schema] of Object.entries(fields(old))) {
    const place = `${at}/${name}`
    const other = Object.hasOwn(fields(now), name) ? fields(now)[name] : undefined
    if (!other) {
      report(place, 'the field is gone (or renamed)')
      continue
    }
    compare(side, place, { ...before, schema }, { ...after, schema: other }, report)
    if (side === 'input' && isRequired(now, name) && !isRequired(old, name))
      report(place, 'an optional field is required')
    if (side === 'output' && isRequired(old, name) && !isRequired(now, name))
      report(place, 'a field that was always there is optional')
  }
  for (const name of Object.keys(fields(now)))
    if (side === 'input' && !Object.hasOwn(fields(old), name) && isRequired(now, name))
      report(`${at}/${name}`, 'a new field is required')
  const wasOpen = old.additionalProperties !== false
  if (side === 'input' && wasOpen && now.additionalProperties === false) report(at, 'unknown fields are refused')
}

function nameOf(schema: JsonSchema): string {
  const values = valuesOf(schema)
  return values ? values.map(said).join(' or ') : schema.anyOf ? 'one of several' : String(schema.type ?? 'anything')
}

const said = (value: unknown) => (value === undefined ? 'unset' : JSON.stringify(value))
