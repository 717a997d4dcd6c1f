import { type SQL, sql } from 'drizzle-orm'
import { TELLING } from '../domain/rules/kind-of.ts'

/** How telling a column's kind is: of several one is told of as the one with the lowest number. */
export const rankOf = (column: SQL): SQL =>
  sql`array_position(${sql.raw(`array[${TELLING.map((kind) => `'${kind}'`)}]`)}, ${column})`
