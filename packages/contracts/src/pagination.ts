import { type TSchema, Type } from 'typebox'
import { OpaqueCursor, Seq } from './identifiers.ts'

export const Limit = Type.Integer({ minimum: 1, maximum: 100, default: 20 })

export function pageOf<T extends TSchema>(item: T) {
  return Type.Object({
    data: Type.Array(item),
    nextCursor: Type.Union([OpaqueCursor, Type.Null()]),
    hasMore: Type.Boolean(),
  })
}

/** At most one of before, after, around and cursor. */
export const SeqRange = {
  before: Type.Optional(Seq),
  after: Type.Optional(Seq),
  around: Type.Optional(Seq),
  cursor: Type.Optional(OpaqueCursor),
  limit: Type.Optional(Limit),
}
