import { Type } from 'typebox'

const MAX_BYTES = 8 * 1024
const MAX_KEY_LENGTH = 64
const MAX_DEPTH = 10
/** Postgres keeps neither in JSON: a NUL is refused, and half of a surrogate pair is no text. */
const isUnstorable = (text: string) => text.includes('\0') || /\p{Cs}/u.test(text)

/** The host's own fields of a conversation. Parley keeps them and looks at none. */
export const Metadata = Type.Refine(
  Type.Record(Type.String({ maxLength: MAX_KEY_LENGTH }), Type.Unknown(), {
    maxProperties: 50,
    description: `The host's own fields, at most 8 KiB as JSON, ${MAX_DEPTH} levels deep, with keys of at most ${MAX_KEY_LENGTH} characters`,
  }),
  isStorable,
  () =>
    `must be at most 8 KiB as JSON, ${MAX_DEPTH} levels deep, with keys of at most ${MAX_KEY_LENGTH} characters and no NUL`,
)

function isStorable(metadata: object): boolean {
  if (Object.keys(metadata).some((key) => key.length > MAX_KEY_LENGTH)) return false
  return isStorableJson(metadata, MAX_BYTES)
}

/** Whether a database keeps it as JSON: at most that many bytes and levels, without what it refuses in text. */
export function isStorableJson(value: object, maxBytes: number, maxDepth = MAX_DEPTH): boolean {
  // the depth comes first: encoding what is nested a hundred thousand times overflows the stack
  if (!isPlain(value, maxDepth)) return false
  return new TextEncoder().encode(JSON.stringify(value)).length + zerosOf(value) <= maxBytes
}

/** Postgres writes out all digits of a number: `1e300` is 301 bytes there, on every page that it is on. */
function zerosOf(value: unknown): number {
  if (typeof value === 'number') return Number(/e[+-](\d+)$/.exec(String(value))?.[1] ?? 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum, inner) => sum + zerosOf(inner), 0)
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return !isUnstorable(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0 || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return false
  return Object.entries(value).every(([key, inner]) => !isUnstorable(key) && isPlain(inner, depth - 1))
}
