import type { Static, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { type FieldError, ParleyError } from '../shapes/errors.ts'

interface SchemaError {
  keyword: string
  instancePath: string
  message: string
  params: object
}

/**
 * Compiles a schema into a check that returns its input, typed, or throws `invalid_input` naming each refused place.
 * REST, sockets and RPC all check through this, so the same mistake reads the same everywhere.
 */
export function inputCheck<T extends TSchema>(schema: T): (value: unknown) => Static<T> {
  const compiled = Compile(schema)
  return (value) => {
    if (compiled.Check(value)) return value as Static<T>
    throw invalidInput(compiled.Errors(value))
  }
}

/** At most this many places are named in one refusal: an attacker's body must not decide the size of our reply. */
const MAX_NAMED = 10

export function invalidInput(found: readonly SchemaError[]): ParleyError {
  const errors: FieldError[] = []
  for (const error of found) {
    // `additionalProperties: false` is reported twice; the report at the property itself says where.
    if (error.keyword === 'additionalProperties') continue
    if (errors.length === MAX_NAMED) break
    if (error.keyword === 'required') {
      const { requiredProperties = [] } = error.params as { requiredProperties?: string[] }
      for (const name of requiredProperties)
        errors.push({ pointer: `${error.instancePath}/${name}`, code: 'required', detail: 'is required' })
      continue
    }
    const unknownField = error.keyword === 'boolean'
    errors.push({
      pointer: error.instancePath.slice(0, 200),
      code: unknownField ? 'unknown_field' : error.keyword === '~refine' ? 'rule' : error.keyword,
      detail: unknownField ? 'is not a field here' : error.message,
    })
  }
  const [first] = errors
  const detail = first ? `${first.pointer || 'The input'} ${first.detail}` : 'The input has the wrong shape'
  return new ParleyError('invalid_input', detail, { errors })
}
