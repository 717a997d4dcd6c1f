import { type TSchema, Type } from 'typebox'

/** The schema, or null; the description is that of both together. */
export function orNull<T extends TSchema>(schema: T, description?: string) {
  return Type.Union([schema, Type.Null()], description === undefined ? {} : { description })
}
