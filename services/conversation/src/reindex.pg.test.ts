import { openTestDatabase, type TestDatabase } from '@parley/database/testing'
import { expect, test } from 'vitest'
import { backendOf } from '../test/callers.ts'
import { createTestWorld } from '../test/test-world.ts'
import { reindexCommand } from './reindex-command.ts'
import { conversationOwner } from './store/owner.ts'

test('npm run reindex makes anew what messages are found by, and goes on where it was stopped', async () => {
  let opened: TestDatabase | undefined
  await using world = await createTestWorld(async () => {
    opened = await openTestDatabase(conversationOwner)
    return opened
  })
  const { ana } = world.people('ana')
  const id = await world.group(ana)
  for (const content of ['She runs', 'He was running']) await world.send(id, ana, content)
  const run = async (...args: string[]) => {
    const said: string[] = []
    const say = (text: string) => void said.push(text)
    const code = await reindexCommand(args, { env: { DATABASE_URL: opened!.url }, stdout: say, stderr: say })
    return { code, said: said.join('') }
  }
  const found = async () => (await world.chat.searchMessages(ana, { q: 'run ' })).data.length
  // as after an upgrade, when no service has looked yet
  expect(await run('--resume')).toMatchObject({ code: 0, said: expect.stringContaining('2 messages are found') })
  expect(await found()).toBe(2)
  await world.admin.setPolicy(backendOf(ana), { search: { language: 'english' } })
  const other = async () => (await world.chat.searchMessages(ana, { q: '"She" runnings' })).data.length
  expect(await other()).toBe(0)
  expect((await run('--resume')).code).toBe(0)
  expect(await other()).toBe(0)
  expect(await run()).toMatchObject({ code: 0, said: expect.stringContaining('2 messages') })
  expect(await other()).toBe(1)
  expect(await run('--everything')).toMatchObject({ code: 2, said: expect.stringContaining('npm run reindex') })
})
