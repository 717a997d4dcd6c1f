import { type SQL, sql } from 'drizzle-orm'

type ArrayType = 'uuid' | 'text' | 'bigint' | 'integer' | 'boolean' | 'timestamptz'

/** Values as one parameter: the statement is the same however many there are. */
export function arrayOf(type: ArrayType, values: readonly unknown[]): SQL {
  return sql`${sql.param([...values])}::${sql.raw(type)}[]`
}

/** Rows for a `FROM`, a parameter per column, under the columns' names. */
export function rowsOf(name: string, columns: Record<string, SQL>): SQL {
  const names = Object.keys(columns).join(', ')
  return sql`unnest(${sql.join(Object.values(columns), sql`, `)}) as ${sql.raw(`${name} (${names})`)}`
}
