import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { openPglite } from '@parley/database'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appliedAfter, migrationNames } from '../../test/fixtures/applied.ts'
import { listFixtures, readFixture } from '../../test/fixtures/fixture.ts'
import { createFixtureWorld, harbor } from '../../test/fixtures/fixture-world.ts'
import { wrongAnswers } from '../../test/fixtures/questions.ts'
import { conversationOwner } from './owner.ts'

let scratch: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'parley-roll-'))
})
afterAll(() => rm(scratch, { recursive: true }))

describe.each(await listFixtures())('a data folder of the version “%s”', (name) => {
  test('is opened by the present one, shows what it showed, and goes on', async () => {
    const fixture = await readFixture(name)
    // made in memory, which takes a fraction of the time, and laid into a folder as the first start lays in its template
    const former = await PGlite.create()
    await former.exec(fixture.sql)
    const { rows } = await former.query<{ name: string }>('SELECT name FROM parley_migrations ORDER BY name')
    const place = await mkdtemp(join(scratch, 'data-'))
    const data = pathToFileURL(join(place, 'former.tar.gz'))
    await writeFile(data, new Uint8Array(await (await former.dumpDataDir('gzip')).arrayBuffer()))
    await former.close()
    const folder = join(place, 'parley')
    {
      await using _ = await openPglite({ folder, template: data })
    }

    await using embedded = await openPglite({ folder })
    const database = embedded.of(conversationOwner)
    await using world = createFixtureWorld(database, randomUUID)
    expect(await appliedAfter(rows, database)).toEqual(await migrationNames())
    expect(await wrongAnswers(world, fixture.shown)).toEqual([])
    await world.store.outbox.maintain()
    const { message } = await world.chat.sendMessage(harbor.ana, { to: 'ben', content: 'Still there?' })
    const sync = await world.chat.sync(harbor.ben, { cursors: [], since: message.createdAt })
    expect(sync.conversations).toMatchObject([{ conversation: { lastMessage: { id: message.id, seq: 7 } } }])
  }, 240_000)
})
