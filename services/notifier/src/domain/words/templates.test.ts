import { TemplateKind, type TemplateWords } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { checkTemplate } from './check-template.ts'
import { exampleOf } from './example.ts'
import { render } from './render.ts'
import { shippedTemplate } from './shipped-templates.ts'
import { templateFor } from './templates.ts'
import type { Told } from './told.ts'
import { viewOf } from './view.ts'

const push = { title: '{{sender.name}} @ {{conversation.name}}', body: '{{#messages}}{{preview}}{{/messages}}' }
const mail = { subject: '{{count}}', text: '{{url}}', html: '<p>{{#messages}}{{preview}}{{/messages}}</p>' }

describeUseCases("a tenant's own words", (current) => {
  test('are those of the nearest language, and without them Parley has some', async () => {
    const { people, notifications, store } = current()
    const { ana, tenantId } = people('ana')
    const { notifications: others } = current()
    const admin = { ...ana, role: 'admin' as const }
    const place = { kind: 'message', channel: 'push' } as const
    const put = await notifications.putNotificationTemplate(admin, { ...place, locale: 'de', ...push })
    expect(put).toMatchObject({ ...place, locale: 'de', ...push, updatedBy: 'ana', updatedAt: expect.any(String) })
    const titleFor = async (locale: string, tenant = tenantId) =>
      (await templateFor(store, tenant, 'message', 'push', locale)).title
    expect([await titleFor('de-CH'), await titleFor('de')]).toEqual([push.title, push.title])
    await notifications.putNotificationTemplate(admin, { ...place, locale: 'de-CH', ...push, title: 'Grüezi' })
    expect([await titleFor('de-CH'), await titleFor('de-AT')]).toEqual(['Grüezi', push.title])
    expect((await notifications.getNotificationTemplate(admin, { ...place, locale: 'fr' })).updatedAt).toBeNull()
    const stranger = people('eve')
    expect(await titleFor('de', stranger.tenantId)).toBe(shippedTemplate('message', 'push', 'de').title)
    expect((await others.listNotificationTemplates({ ...stranger.eve, role: 'admin' }, {})).data).toEqual([])
    expect((await notifications.listNotificationTemplates(admin, {})).data.map(({ locale }) => locale)).toEqual([
      'de',
      'de-CH',
    ])
    await notifications.removeNotificationTemplate(admin, { ...place, locale: 'de' })
    await notifications.removeNotificationTemplate(admin, { ...place, locale: 'de-CH' })
    expect(await titleFor('de-CH')).toBe(shippedTemplate('message', 'push', 'de').title)
  })

  test('are for admins, and are not kept when they are wrong', async () => {
    const { people, notifications } = current()
    const { ana } = people('ana')
    const admin = { ...ana, role: 'admin' as const }
    const ref = { kind: 'offer', channel: 'email', locale: 'en' } as const
    for (const call of [
      notifications.putNotificationTemplate(ana, { ...ref, ...mail }),
      notifications.listNotificationTemplates(ana, {}),
      notifications.getNotificationTemplate(ana, ref),
      notifications.removeNotificationTemplate(ana, ref),
      notifications.previewNotificationTemplate(ana, ref),
    ])
      await expect(call).rejects.toMatchObject({ code: 'forbidden' })
    await expect(
      notifications.putNotificationTemplate(admin, { ...ref, ...mail, html: '{{{preview}}}' }),
    ).rejects.toMatchObject({ code: 'invalid_input', errors: [{ pointer: '/html', code: 'unescaped' }] })
    expect((await notifications.listNotificationTemplates(admin, {})).data).toEqual([])
  })

  test('who changes them is in the audit log, and nothing is changed where that cannot be written', async () => {
    const { people, notifications, audience } = current()
    const admin = { ...people('ana').ana, role: 'admin' as const }
    const ref = { kind: 'offer', channel: 'email', locale: 'en' } as const
    audience.audited.length = 0
    await notifications.putNotificationTemplate(admin, { ...ref, ...mail })
    await notifications.removeNotificationTemplate(admin, ref)
    expect(audience.audited).toEqual(['ana template.put offer email en', 'ana template.removed offer email en'])
    audience.isAway = true
    await expect(notifications.putNotificationTemplate(admin, { ...ref, ...mail })).rejects.toMatchObject({
      code: 'unavailable',
    })
    audience.isAway = false
    expect((await notifications.listNotificationTemplates(admin, {})).data).toEqual([])
  })

  test('are seen with an example before anybody is told in them', async () => {
    const { people, notifications } = current()
    const { ana } = people('ana')
    const admin = { ...ana, role: 'admin' as const }
    const ref = { kind: 'offer', channel: 'email', locale: 'de' } as const
    const shipped = await notifications.previewNotificationTemplate(admin, ref)
    expect(shipped.subject).toBe('Ein Angebot für Sie: Garden work')
    expect(shipped.text).toContain('💼 Website · 1.200,00 €')
    expect(shipped.html).toContain('lang="de"')
    expect(await notifications.previewNotificationTemplate(admin, { ...ref, ...mail })).toMatchObject({ subject: '3' })
    await expect(notifications.previewNotificationTemplate(admin, { ...ref, subject: '{{' })).rejects.toMatchObject({
      code: 'invalid_input',
    })
  })
})

const attack = '<script>alert(1)</script>"\'><img src=x onerror=alert(2)>'
const told = (more: Partial<Told> = {}): Told => ({
  ...exampleOf('message', 'en').told,
  messages: [{ senderId: attack, senderName: attack, preview: attack, at: '2026-03-01T14:04:00.000Z' }],
  ...more,
})
const { ways } = exampleOf('message', 'en')
const kinds = TemplateKind.enum

test.each([...kinds])('the shipped words of %s are sound, escape what people wrote, and fit every language', (kind) => {
  for (const language of ['en', 'de'] as const) {
    for (const channel of ['push', 'email'] as const) {
      const words = shippedTemplate(kind, channel, language)
      expect(checkTemplate(channel, words)).toBe(words)
      const conversation = { ...told().conversation!, title: attack }
      const said = render(
        words,
        viewOf(told({ conversation }), ways, { isHidden: kind === 'hidden', locale: language, timeZone: null }),
      )
      for (const one of Object.values(said)) expect(one.trim()).not.toBe('')
      if (said.html !== undefined) expect(said.html).not.toMatch(/<script|<img|onerror=/)
      if (kind === 'hidden') expect(JSON.stringify(said)).not.toMatch(/alert|Garden|onerror/)
    }
  }
})

test('a push says who wrote what, and how much; an e-mail goes on the same subject', () => {
  const say = (channel: 'push' | 'email', more: Partial<Told>, locale = 'en') =>
    render(
      shippedTemplate('message', channel, locale === 'de' ? 'de' : 'en'),
      viewOf({ ...exampleOf('message', locale).told, ...more }, ways, {
        isHidden: false,
        locale,
        timeZone: 'Europe/Berlin',
      }),
    )
  expect(say('push', {})).toEqual({
    title: 'Garden work',
    body: 'Ben: Hello!\nCleo: Is <b>Tuesday</b> & "ten o\'clock" fine?',
  })
  const direct = { id: 'x', kind: 'direct', title: null, context: null }
  expect(say('push', { conversation: direct, messages: [exampleOf('message', 'en').told.messages[0]!] })).toEqual({
    title: 'Ben',
    body: 'Hello!',
  })
  expect(
    say(
      'push',
      { conversation: direct, messages: [{ ...exampleOf('message', 'de').told.messages[0]!, senderName: null }] },
      'de',
    ).title,
  ).toBe('Jemand')
  const one = say('email', { unreadCount: 2 })
  const more = say('email', { unreadCount: 100 })
  expect(one.subject).toBe(more.subject)
  expect(one.text).toContain('There are 2 messages')
  expect(more.text).toContain('99+')
  expect(more.text).toMatch(/98 more before these/)
  expect(say('email', {}, 'de').text).toContain('01.03.2026, 15:04')
})

test('what became of an offer is said in words of its reader, with what it was', () => {
  const say = (locale: 'en' | 'de', moved: object) => {
    const { told: example } = exampleOf('transition', locale)
    const messages = [{ ...example.messages[1]!, ...moved }]
    const view = viewOf({ ...example, messages }, ways, { isHidden: false, locale, timeZone: null })
    return render(shippedTemplate('transition', 'push', locale), view)
  }
  expect(say('en', {})).toEqual({
    title: 'News of an offer or a booking: Garden work',
    body: 'Cleo: Offer accepted: 💼 Website · €1,200.00',
  })
  const expired = {
    senderName: null,
    preview: '',
    moved: { type: 'booking_request', action: 'expire', party: 'clock' },
  }
  expect(say('de', expired).body).toBe('Der Dienst: Buchungsanfrage abgelaufen')
  expect(say('en', { moved: { type: 'later', action: 'accept', party: 'maker' }, preview: '' }).body).toBe(
    'Cleo: Decided',
  )
})

test('what stands on one line has no other', () => {
  const view = viewOf(told({ conversation: { ...told().conversation!, title: 'a\r\nBcc: eve@example.com' } }), ways, {
    ...{ isHidden: false, locale: 'en', timeZone: null },
  })
  expect(render({ subject: '{{conversation.name}}' }, view).subject).toBe('a Bcc: eve@example.com')
})

test.each<[string, 'push' | 'email', TemplateWords, object]>([
  ['a part is missing', 'push', { title: 'x' }, { pointer: '/body', code: 'required' }],
  ['a part of another channel', 'push', { ...push, html: 'x' }, { pointer: '/html', code: 'unknown_field' }],
  ['a section without an end', 'push', { ...push, body: '{{#messages}}' }, { pointer: '/body', code: 'template' }],
  ['an end without a section', 'email', { ...mail, text: '{{/messages}}' }, { pointer: '/text', code: 'template' }],
  ['a name that there is not', 'email', { ...mail, subject: '{{sendr}}' }, { pointer: '/subject', code: 'template' }],
  ['what every object has', 'email', { ...mail, text: '{{constructor}}' }, { pointer: '/text', code: 'template' }],
  ['unescaped', 'email', { ...mail, html: '{{&preview}}' }, { pointer: '/html', code: 'unescaped' }],
  [
    'unescaped by other braces',
    'email',
    { ...mail, html: '{{=<% %>=}}<%{preview}%>' },
    { pointer: '/html', code: 'unescaped' },
  ],
  ['another template', 'email', { ...mail, html: '{{>x}}' }, { pointer: '/html', code: 'template' }],
  [
    'lists in lists',
    'push',
    { ...push, body: '{{#messages}}{{#messages}}x{{/messages}}{{/messages}}' },
    { pointer: '/body', code: 'template' },
  ],
  [
    'too deep',
    'push',
    { ...push, body: `${'{{#isOne}}'.repeat(12)}${'{{/isOne}}'.repeat(12)}` },
    { pointer: '/body', code: 'template' },
  ],
])('refused as a template: %s', (_, channel, words, error) => {
  let refusal: unknown
  try {
    checkTemplate(channel, words)
  } catch (err) {
    refusal = err
  }
  expect(refusal).toMatchObject({ code: 'invalid_input', errors: [error] })
})
