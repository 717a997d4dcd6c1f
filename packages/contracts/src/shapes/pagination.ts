import { type TSchema, Type } from 'typebox'
import { OpaqueCursor, Seq } from './identifiers.ts'
import { orNull } from './or-null.ts'

export const Limit = Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'At most so many' })

/** As many users or contexts as the host's backend may bring with one call. */
export const MAX_UPSERTS = 100

/** A part of a list: `nextCursor` leads to what follows, as long as `hasMore`. */
export interface Page<T> {
  data: T[]
  nextCursor: string | null
  hasMore: boolean
}

/** The schema of a `Page`. */
export function pageOf<T extends TSchema>(item: T, cursor = OpaqueCursor) {
  return Type.Object({
    data: Type.Array(item),
    nextCursor: orNull(cursor),
    hasMore: Type.Boolean(),
  })
}

/** At most one of before, after, around and cursor. */
export const SeqRange = {
  before: Type.Optional(position('The newest with a lower seq')),
  after: Type.Optional(position('The oldest with a higher seq')),
  around: Type.Optional(position('As many on either side of this seq, and itself')),
  cursor: Type.Optional(OpaqueCursor),
  limit: Type.Optional(Limit),
}

function position(description: string) {
  return Type.Integer({ ...Seq, description })
}
