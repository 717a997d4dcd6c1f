import { ParleyError, SetupError } from '@parley/contracts'
import { freshDatabase, startPostgres } from '@parley/testkit'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { ledger } from '../test/toy-owners.ts'
import { openPostgres } from './open-postgres.ts'
import { unreachable } from './unreachable.ts'

test('however many ask whether it is there, it is asked once at a time', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  await using database = openPostgres({ url: fresh.url, owner: ledger })
  await database.migrate()
  const asked = vi.spyOn(pg.Client.prototype, 'query')
  try {
    // whoever gives up on the first asks again while it is open
    await Promise.all([database.check(), database.check(), database.check()])
    const checks = () => asked.mock.calls.filter(([query]) => (query as { name?: string }).name === 'readiness').length
    expect(checks()).toBe(1)
    await database.check()
    expect(checks()).toBe(2)
  } finally {
    asked.mockRestore()
  }
})

/** What a start says. */
async function said(url: string): Promise<Error> {
  await using database = openPostgres({ url, owner: ledger })
  return database.migrate().then(
    () => new Error('it started'),
    (err) => err,
  )
}

test('a database that cannot be reached is named with the cause and what to do, without credentials', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const at = (change: (url: URL) => void) => {
    const url = new URL(fresh.url)
    url.password = 'secret-word'
    change(url)
    return url.href
  }
  const { host } = new URL(fresh.url)
  const missing = await said(
    at((url) => {
      url.pathname = '/nowhere'
    }),
  )
  expect(missing).toBeInstanceOf(SetupError)
  expect(missing.message).toBe(
    `No connection to Postgres at ${host}/nowhere: there is no such database. Create it, or correct its name in DATABASE_URL.`,
  )
  const stranger = await said(
    at((url) => {
      url.username = 'nobody-of-that-name'
    }),
  )
  expect(stranger).toBeInstanceOf(SetupError)
  expect(stranger.message).toContain(`${host}/`)
  const closed = await said('postgres://ann:secret-word@127.0.0.1:1/parley')
  expect(closed).toBeInstanceOf(ParleyError)
  expect(closed).toMatchObject({
    code: 'unavailable',
    message:
      'No connection to Postgres at 127.0.0.1:1/parley: nothing listens there. Start Postgres, or correct the address in DATABASE_URL.',
  })
  const nowhere = await said('postgres://ann:secret-word@host.invalid/parley')
  expect(nowhere).toMatchObject({ code: 'unavailable', message: expect.stringContaining('host.invalid:5432/parley: ') })
  for (const { message } of [missing, stranger, closed, nowhere]) expect(message).not.toContain('secret-word')
})

test.each([
  ['28P01', /refuses the password/],
  ['28000', /refuses this user/],
])('what the server refuses with %s is nothing to wait for', (code, text) => {
  const err = unreachable(
    'postgres://ann@db:5432/parley',
    Object.assign(new pg.DatabaseError('no', 2, 'error'), { code }),
  )
  expect(err).toBeInstanceOf(SetupError)
  expect(err.message).toMatch(text)
})

test('a full disk is called one, until something is written', async () => {
  const server = await startPostgres()
  await using fresh = await freshDatabase(server.url)
  const told: boolean[] = []
  await using database = openPostgres({ url: fresh.url, owner: ledger, onDiskFull: (isFull) => told.push(isFull) })
  await database.migrate()
  const raise = `DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`
  const full = { code: 'unavailable', message: expect.stringContaining('disk of the database is full') }
  await expect(database.call(raise)).rejects.toMatchObject(full)
  await expect(database.transaction({ tenantId: 'a' }, (tx) => tx.execute(raise))).rejects.toMatchObject(full)
  expect(() => database.checkDisk()).toThrow(expect.objectContaining({ code: 'DISK_FULL' }))
  await database.check()
  await database.transaction({ tenantId: 'a' }, (tx) => tx.execute('SELECT 1'))
  expect(() => database.checkDisk()).not.toThrow()
  expect(told).toEqual([true, false])
})
