import type { TSchema } from 'typebox'

/** As much of JSON Schema as an example follows from. */
interface Shape {
  type?: string
  enum?: unknown[]
  examples?: unknown[]
  required?: string[]
  properties?: Record<string, TSchema>
  items?: TSchema
}

export interface Known {
  /** Of whole schemas, which are recognised by identity. */
  schemas: ReadonlyMap<TSchema, unknown>
  /** Of fields, by their names. */
  fields: Readonly<Record<string, unknown>>
}

/**
 * A small value that a schema takes: what is known of it or of its fields, and no optional field. A field that nobody knows
 * has `examples` in its schema, or one of few values; otherwise an Error names it.
 */
export function exampleOf(schema: TSchema, known: Known, name = ''): unknown {
  if (known.schemas.has(schema)) return known.schemas.get(schema)
  if (Object.hasOwn(known.fields, name)) return known.fields[name]
  const shape: Shape = schema
  if (shape.examples) return shape.examples[0]
  if (shape.enum) return shape.enum[0]
  if (shape.type === 'boolean') return true
  if (shape.type === 'array' && shape.items) return [exampleOf(shape.items, known, name)]
  const { properties } = shape
  if (properties)
    return Object.fromEntries(
      (shape.required ?? []).map((field) => [field, exampleOf(properties[field]!, known, field)]),
    )
  throw new Error(`The documents need an example of ${name || 'a schema'}: give its schema \`examples\``)
}
