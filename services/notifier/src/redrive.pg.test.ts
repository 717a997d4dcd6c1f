import { randomUUID } from 'node:crypto'
import { openTestDatabase } from '@parley/database/testing'
import { expect, test } from 'vitest'
import { redriveCommand } from './redrive-command.ts'
import { notifierOwner } from './store/owner.ts'

test('npm run redrive has what no receiver took handed over again, of all tenants or of one', async () => {
  await using opened = await openTestDatabase(notifierOwner)
  const dead = (tenantId: string, channel: string) =>
    opened.asOwner(
      `INSERT INTO hand_overs (id, tenant_id, user_id, channel, target, collapse_key, kind, from_seq, to_seq, state, due_at, event_at, settled_at)
       VALUES ($1, $2, 'ana', $3, 'phone', 'c', 'message', 1, 1, 'dead', now(), now(), now())`,
      [randomUUID(), tenantId, channel],
    )
  for (const tenantId of ['one', 'two']) for (const channel of ['fcm', 'apns']) await dead(tenantId, channel)
  await opened.asOwner(
    `INSERT INTO dead_events (id, tenant_id, consumer, event_id, subject, sequence, error)
     VALUES ($1, 'two', 'notifier-webhooks', 'c:7', 'parley.event.v1.two.message.created', 42, 'Its body is no JSON')`,
    [randomUUID()],
  )
  const env = { DATABASE_URL: opened.url }
  const run = async (...args: string[]) => {
    let said = ''
    const say = (text: string) => {
      said += text
    }
    return [await redriveCommand(args, { env, stdout: say, stderr: say }), said]
  }
  const [, listed] = await run('--list', '--tenant', 'two')
  for (const line of [/^two {2}fcm /m, /^two {2}apns /m, /^two .*c:7 \(sequence 42\) {2}aside .*Its body is no JSON$/m])
    expect(listed).toMatch(line)
  expect(await run('--tenant', 'one', '--channel', 'fcm')).toEqual([0, expect.stringContaining('1 notifications')])
  expect(await run()).toEqual([0, expect.stringMatching(/^3 notifications .* 1 events/)])
  expect(await run()).toEqual([0, expect.stringContaining('0 notifications')])
  const jobs = await opened.asOwner('SELECT tenant_id, kind FROM jobs ORDER BY 1, 2')
  expect(jobs.map(({ tenant_id, kind }) => `${tenant_id} ${kind}`)).toEqual([
    ...['one hand_over:apns', 'one hand_over:fcm', 'two hand_over:apns', 'two hand_over:fcm', 'two redrive_events'],
  ])
  for (const args of [['--tenant'], ['--all', 'yes'], ['one']]) expect((await run(...args))[0]).toBe(2)
})
