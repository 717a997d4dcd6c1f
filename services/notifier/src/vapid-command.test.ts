import { createLogger, DEVELOPMENT_SECRET } from '@parley/runtime'
import { expect, test } from 'vitest'
import { openPushChannels, type PushConfig } from './channels/push-channels.ts'
import { vapidCommand } from './vapid-command.ts'

const [FORMER, NEXT] = ['f'.repeat(40), 'n'.repeat(40)]

/** The settings that it prints. */
function printed(env: Record<string, string>) {
  const said = { stdout: '', stderr: '' }
  const code = vapidCommand([], {
    env,
    stdout: (text) => {
      said.stdout += text
    },
    stderr: (text) => {
      said.stderr += text
    },
  })
  const keys = Object.fromEntries(said.stdout.split('\n').flatMap((line) => (line ? [line.split('=', 2)] : [])))
  return { code, keys: keys as Record<string, string>, stderr: said.stderr }
}

function opened(more: Partial<PushConfig>) {
  const lines: string[] = []
  const log = createLogger({ name: 'test', level: 'warn', destination: { write: (line) => lines.push(line) } })
  const base = { VAPID_SUBJECT: 'mailto:a@example.com', FCM_ENDPOINT: 'http://a', APNS_ENDPOINT: 'http://b' }
  using push = openPushChannels({ NODE_ENV: 'production', ...base, ...more }, { log })
  return { publicKey: push.settings.publicKey, log: lines.join('') }
}

test('with what npm run vapid prints browsers stay subscribed when JWT_SECRET changes', () => {
  const before = opened({ JWT_SECRET: FORMER })
  const { code, keys } = printed({ JWT_SECRET: FORMER })
  expect(code).toBe(0)
  expect(opened({ JWT_SECRET: NEXT, ...keys }).publicKey).toBe(before.publicKey)
  expect(opened({ JWT_SECRET: NEXT }).publicKey).not.toBe(before.publicKey)
  // again, with the settings that it has led to
  expect(printed({ JWT_SECRET: NEXT, ...keys })).toMatchObject({ code: 0, keys })
})

test('without a secret that is nobody else’s it prints a new pair', () => {
  const all = [{}, {}, { JWT_SECRET: DEVELOPMENT_SECRET }].map((env) => printed(env).keys)
  expect(new Set(all.map((keys) => keys.VAPID_PRIVATE_KEY)).size).toBe(3)
  for (const keys of all) {
    expect(opened(keys).publicKey).toBe(keys.VAPID_PUBLIC_KEY)
    expect(keys.VAPID_PUBLIC_KEY).not.toBe(opened({ JWT_SECRET: DEVELOPMENT_SECRET }).publicKey)
  }
  expect(printed({ VAPID_PUBLIC_KEY: all[0]!.VAPID_PUBLIC_KEY! })).toMatchObject({
    code: 1,
    keys: {},
    stderr: expect.stringContaining('VAPID_PRIVATE_KEY'),
  })
})

test('a worker says in its log that subscriptions will be lost, where JWT_SECRET gives way and no keys are set', () => {
  const rotating = { JWT_SECRET: FORMER, JWT_OTHER_SECRETS: [NEXT] }
  expect(opened(rotating).log).toContain('npm run vapid')
  expect(opened({ ...rotating, ...printed({ JWT_SECRET: FORMER }).keys }).log).toBe('')
  expect(opened({ JWT_SECRET: FORMER }).log).toBe('')
})
