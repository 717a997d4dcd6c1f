import type { Database } from '@parley/database'
import type { ObjectStore } from './domain/ports.ts'

const AT_ONCE = 1_000

/** Compares the account with what is there: how much it has, and the keys of what is missing. All keys that are there are held for it. */
export async function missingObjects(
  database: Database,
  objects: Pick<ObjectStore, 'keys'>,
): Promise<{ stored: number; missing: string[] }> {
  const there = new Set<string>()
  for await (const key of objects.keys('', new Date(Date.now() + 86_400_000))) there.add(key)
  const missing: string[] = []
  let stored = 0
  for (let after = ''; ; ) {
    const rows = await database.call<{ object_key: string }>('SELECT * FROM stored_objects($1, $2)', [after, AT_ONCE])
    stored += rows.length
    for (const { object_key: key } of rows) if (!there.has(key)) missing.push(key)
    if (rows.length < AT_ONCE) return { stored, missing }
    after = rows.at(-1)!.object_key
  }
}
