import { openEmbeddedTestDatabase, openTestDatabase } from '@parley/database/testing'
import { getTableColumns, getTableName, getViewName, getViewSelectedFields, is } from 'drizzle-orm'
import { toSnakeCase } from 'drizzle-orm/casing'
import { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import { expect, test } from 'vitest'
import { conversationOwner, conversationTemplate } from './owner.ts'
import * as tables from './tables/tables.ts'

/** Name, type and whether it may be null; a view's columns may all be. */
const declared = Object.values(tables).flatMap((table) => {
  const isTable = is(table, PgTable)
  const name = isTable ? getTableName(table) : getViewName(table)
  const columns = Object.values(isTable ? getTableColumns(table) : getViewSelectedFields(table))
  return columns
    .filter((column) => is(column, PgColumn))
    .map(
      (column) =>
        `${name}.${toSnakeCase(column.name)} ${column.getSQLType()} ${isTable && column.notNull ? 'not null' : ''}`,
    )
})

test.each([
  ['Postgres', () => openTestDatabase(conversationOwner)],
  ['PGlite', () => openEmbeddedTestDatabase(conversationOwner, conversationTemplate)],
])('%s has exactly the columns that the queries know', async (_name, open) => {
  await using opened = await open()
  // not information_schema: it shows each role its own columns only
  const rows = await opened.asOwner<{ column: string }>(
    `SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' '
       || CASE WHEN a.attnotnull THEN 'not null' ELSE '' END AS column
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
       AND NOT c.relispartition AND c.relname NOT IN ('outbox', 'jobs', 'user_terms_progress', 'histories_progress', 'message_search',
         'search_progress', 'restores', 'parley_migrations', 'parley_functions')`,
  )
  expect(rows.map((row) => row.column).sort()).toEqual([...declared].sort())
})
