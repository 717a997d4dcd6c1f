import { createHash } from 'node:crypto'
import type { ContextRef } from '@parley/contracts'

/** What is the same for the one conversation of two people, from whichever side. */
export const directKey = (oneId: string, otherId: string): string => keyOf(pairOf(oneId, otherId))

/** What is the same for the one conversation of a context, or of a pair of its members. */
export const contextKey = ({ type, id }: ContextRef, pair: readonly string[] = []): string => keyOf([type, id, ...pair])

export const pairOf = (a: string, b: string): [string, string] => (a < b ? [a, b] : [b, a])

/** Host ids may hold any printable character, so the parts are encoded before they are hashed, not joined. */
function keyOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
