import { readOwnerSql } from '@parley/database'
import { openTestDatabase } from '@parley/database/testing'
import { expect, test } from 'vitest'
import { conversationOwner } from './owner.ts'

const { functions } = await readOwnerSql(conversationOwner)

/** What tables, views, triggers and policies need, and what reads need of them: made by migrations alone. */
const OF_MIGRATIONS = [
  'current_tenant',
  'empty_extras',
  'empty_history',
  'index_user_terms',
  'move_in_lists',
  'name_terms',
  'name_words',
  'unlist_message',
  'visible_after',
]

test('every function of the database is a file of today', async () => {
  await using opened = await openTestDatabase(conversationOwner)
  const rows = await opened.asOwner<{ name: string }>(
    `SELECT DISTINCT proname::text AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`,
  )
  const made = functions.flatMap(({ sql }) =>
    [...sql.matchAll(/^CREATE (?:OR REPLACE )?FUNCTION (\w+)/gm)].map(([, name]) => name),
  )
  expect(rows.map(({ name }) => name)).toEqual([...new Set([...made, ...OF_MIGRATIONS])].sort())
})

test('their bodies are sound: they are applied without a look at them', async () => {
  await using opened = await openTestDatabase(conversationOwner)
  for (const { name, sql } of functions)
    expect(await opened.asOwner(`SET check_function_bodies = on; ${sql}`).then(() => name)).toBe(name)
})

test('moments are compared with what an index can be asked for', () => {
  const walking = functions.filter(({ sql }) => /[<>]=?\s*clock_timestamp\(\)/.test(sql))
  expect(walking.map(({ name }) => name)).toEqual([])
})

test('nobody but the application may call one that runs with its owner’s rights', async () => {
  await using opened = await openTestDatabase(conversationOwner)
  const rows = await opened.asOwner<{ name: string; everybody: boolean; application: boolean }>(
    `SELECT p.oid::regprocedure::text AS name, has_function_privilege('parley_app', p.oid, 'EXECUTE') AS application,
       EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0) AS everybody
     FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef`,
  )
  expect(rows.length).toBeGreaterThan(8)
  expect(rows.filter(({ everybody, application }) => everybody || !application)).toEqual([])
})
