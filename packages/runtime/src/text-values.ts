import type { TSchema } from 'typebox'

/** The parts of a JSON schema that decide how a text becomes a value. */
interface Shape {
  type?: string
  anyOf?: Shape[]
  items?: Shape
  properties?: Record<string, Shape>
}

/**
 * Reads texts (environment variables, query strings, path parameters) as the types that a schema asks for. Strict: what
 * is not exactly a number or a boolean stays text, so that the check which follows refuses it. typebox's own
 * `Value.Convert` would make 0 of an empty text and 1 of "1.9".
 */
export function fromTexts(schema: TSchema, texts: object): Record<string, unknown> {
  const { properties = {} } = schema as Shape
  const values: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(texts)) {
    // Own properties only: a query may be named "constructor". defineProperty semantics keep "__proto__" a plain name.
    const shape = Object.hasOwn(properties, name) ? properties[name] : undefined
    const value = shape ? fromText(shape, text) : text
    Object.defineProperty(values, name, { value, enumerable: true, writable: true, configurable: true })
  }
  return values
}

function fromText(shape: Shape, text: unknown): unknown {
  if (shape.type === 'array') {
    const items = Array.isArray(text) ? text : [text]
    return shape.items ? items.map((item) => fromText(shape.items ?? {}, item)) : items
  }
  if (typeof text !== 'string') return text
  for (const { type } of shape.anyOf ?? [shape]) {
    if (type === 'integer' && /^-?\d{1,16}$/.test(text)) return Number(text)
    if (type === 'number' && /^-?\d{1,16}(\.\d{1,16})?$/.test(text)) return Number(text)
    if (type === 'boolean' && (text === 'true' || text === '1')) return true
    if (type === 'boolean' && (text === 'false' || text === '0')) return false
  }
  return text
}
