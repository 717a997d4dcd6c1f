import type { Message, NotificationPreferences } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest } from '../stack/test-client.ts'

interface Sunk {
  to: string
  content: { subject: string; text: string; unsubscribeUrl: string; replyTo: string | null }
}

const DELAY_MS = 300

describeStacks(
  'e-mails to who is away, over %s',
  ({ stack, people }) => {
    const url = () => stack.notifierUrls[0]!
    const mailsTo = async (address: string) => {
      const { emails } = (await (await fetch(`${url()}/dev/sink.json`)).json()) as { emails: Sunk[] }
      return emails.flatMap(({ to, content }) => (to === address ? content : []))
    }
    const asUser = async (userId: string, method: string, path: string, body?: object) =>
      (await (
        await fetch(`${url()}/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${stack.token(userId)}`,
            ...(body && { 'content-type': 'application/json' }),
          },
          ...(body && { body: JSON.stringify(body) }),
        })
      ).json()) as NotificationPreferences & { code?: string; level?: string }

    test('arrive with what was said, in their language, until their link turns them off', async () => {
      const [ana, ben, cleo] = people('ana', 'ben', 'cleo')
      const backend = rest(stack, 'backend', stack.token('backend', { role: 'service' }))
      const address = (userId: string) => `${userId}@example.com`
      const users = [ben, cleo].map((userId) => ({ userId, email: address(userId), locale: 'de-AT' }))
      await backend.call('PUT', '/users', { users })
      // however long it takes until the first is written
      for (const userId of [ben, cleo])
        await asUser(userId, 'PUT', '/me/notification-preferences', { kinds: { added: false } })
      const { id } = await rest(stack, ana).group([ben, cleo], 'The garden')
      await asUser(cleo, 'PUT', `/conversations/${id}/notification-level`, { level: 'mentions' })
      const write = (content: string) =>
        rest(stack, ana).call<Message>('POST', `/conversations/${id}/messages`, { content })
      await write('Dienstag?')
      await expect.poll(async () => (await mailsTo(address(ben))).length).toBe(1)
      const [mail] = await mailsTo(address(ben))
      expect(mail).toMatchObject({
        subject: 'Neue Nachrichten: The garden',
        text: expect.stringContaining('Dienstag?'),
      })
      expect((await asUser(ben, 'GET', '/me/notification-preferences')).email).toBe(address(ben))
      // as a mail program does it
      const path = new URL(mail!.unsubscribeUrl).pathname
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const done = await fetch(`${url()}${path}`, { method: 'POST', headers: form, body: 'List-Unsubscribe=One-Click' })
      expect(done.status).toBe(200)
      expect((await asUser(ben, 'GET', '/me/notification-preferences')).channels.email).toBe(false)
      await write(`Und @[${cleo}]?`)
      await expect.poll(async () => (await mailsTo(address(cleo))).length).toBe(1)
      expect((await mailsTo(address(cleo)))[0]!.subject).toBe('Sie wurden erwähnt: The garden')
      expect(await mailsTo(address(ben))).toHaveLength(1)
    })

    test('what is no input for preferences and levels is refused with a code', async () => {
      const [ana, ben, eve] = people('ana', 'ben', 'eve')
      const { id } = await rest(stack, ana).group([ben])
      const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }
      for (const wrong of [
        { email: 'somebody@example.com' },
        { channels: { sms: true } },
        { channels: { push: 'yes' } },
        { kinds: { letters: true } },
        { digestAfterMinutes: 0 },
        { digestAfterMinutes: 1e9 },
        { quietHours: { ...night, to: '22:00' } },
        { quietHours: { ...night, from: '24:00' } },
        { quietHours: { ...night, timeZone: 'Mars/Olympus' } },
        { quietHours: { ...night, timeZone: '+01:00' } },
      ])
        expect([wrong, (await asUser(ana, 'PUT', '/me/notification-preferences', wrong)).code]).toEqual([
          wrong,
          'invalid_input',
        ])
      const level = `/conversations/${id}/notification-level`
      expect((await asUser(ana, 'PUT', level, { level: 'some' })).code).toBe('invalid_input')
      expect((await asUser(eve, 'PUT', level, { level: 'all' })).code).toBe('not_found')
      expect((await asUser(eve, 'GET', level)).code).toBe('not_found')
      expect((await asUser(ana, 'GET', '/admin/notifications/templates')).code).toBe('forbidden')
      expect((await fetch(`${url()}/v1/me/notification-preferences`)).status).toBe(401)
    })
  },
  { env: { NOTIFY_DELAY_MS: String(DELAY_MS), PUBLIC_URL: 'https://chat.example.com' } },
)
