import { type TProperties, Type } from 'typebox'
import { RoleWord } from './role-word.ts'

/** Seconds, at most a hundred years. */
export const seconds = (description?: string) =>
  Type.Integer({ minimum: 0, maximum: 3_155_760_000, ...(description !== undefined && { description }) })
/** Seconds, from a minute to ten years. */
export const openFor = () => Type.Integer({ minimum: 60, maximum: 315_576_000 })
/** Words for roles. */
export const words = (maxItems: number, description: string) => Type.Array(RoleWord, { maxItems, description })
export const flag = (description: string) => Type.Boolean({ description })
export const count = (minimum: number, maximum: number, description: string) =>
  Type.Integer({ minimum, maximum, description })
/** An object with these fields and no others. */
export const closed = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })
/** Likewise, each of which may be left out. */
export const partial = <P extends TProperties>(properties: P) =>
  Type.Partial(Type.Object(properties), { additionalProperties: false })
