import { execFile } from 'node:child_process'
import { openTestDatabase } from '@parley/database/testing'
import { expect, test } from 'vitest'
import { replayCommand } from './replay-command.ts'
import { conversationOwner } from './store/owner.ts'
import { conversationOutbox } from './store/stores/outbox.ts'

/** As npm runs it. */
function spawn(args: string[], env: Record<string, string>): Promise<{ code: number; stdout: string }> {
  const file = new URL('replay.ts', import.meta.url).pathname
  return new Promise((resolve) => {
    const node = ['--import', 'tsx', '--conditions=source', file, ...args]
    execFile(process.execPath, node, { env: { PATH: process.env.PATH, ...env } }, (err, stdout) =>
      resolve({ code: err ? Number(err.code) : 0, stdout }),
    )
  })
}

test('npm run replay queues what happened since a time', async () => {
  await using opened = await openTestDatabase(conversationOwner)
  await opened.asOwner(
    `INSERT INTO events (at, type, tenant_ids, conversation_ids, seqs, revs)
     SELECT at::timestamptz, 'message.created', '{}', '{}', '{}', '{}'
     FROM unnest('{2026-10-31T23:59:59Z,2026-11-01T00:00:00Z,2026-11-02T00:00:00Z}'::text[]) at`,
  )
  const env = { DATABASE_URL: opened.url }
  expect(await spawn(['--since', '2026-11-01T00:00:00Z'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Queued 2 entries since 2026-11-01T00:00:00.000Z'),
  })
  expect(await conversationOutbox(opened.database).claim(-1_000)).toHaveLength(2)
  const misuses = [[], ['--since'], ['--since', 'yesterday'], ['--since', '2026-11-01'], ['2026-11-01T00:00:00Z']]
  for (const args of misuses) {
    let said = ''
    const stderr = (text: string) => {
      said += text
    }
    expect(await replayCommand(args, { env, stdout: () => {}, stderr })).toBe(2)
    expect(said).toContain('--since')
  }
})
