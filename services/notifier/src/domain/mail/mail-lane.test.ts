import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import type { TestWorld } from '../../../test/test-world.ts'
import { createMailLinks, createReplyIds } from '../../mail/mail-links.ts'
import { createSink } from '../../sink/sink.ts'
import type { Outcome } from '../ports/channel.ts'
import type { Asked, Prepared, Unsent } from '../ports/lane.ts'
import type { Mail } from '../ports/mail.ts'
import { createPreferencesOf } from '../preferences/preferences.ts'
import { createMailLane } from './mail-lane.ts'
import { createReplies } from './receive-reply.ts'
import { createUnsubscribe } from './unsubscribe.ts'

const key = Buffer.alloc(32, 3)
const context = { signal: new AbortController().signal }

function mailing({ store, audience }: Pick<TestWorld, 'store' | 'audience'>, outcome?: Outcome) {
  const sink = createSink()
  const links = createMailLinks([key], 'https://chat.example.com/')
  const replies = createReplies({ store, audience, replyIdsOf: createReplyIds([key]), domain: 'in.example.com' })
  const lane = createMailLane({
    store,
    links,
    channel: outcome ? { name: 'email', handOver: async () => outcome } : sink.emails,
    preferencesOf: createPreferencesOf({ store, rulesOf: async () => audience.rules }),
    linkOf: (conversationId) => `https://app.example.com/${conversationId}`,
    replyAddressOf: replies.addressOf,
  })
  return {
    ...{ sink, lane, replies, unsubscribe: createUnsubscribe({ store, links }) },
    mails: () => sink.list('emails').map(({ content }) => content as Mail),
  }
}

const asked = (
  tenantId: string,
  more: Partial<Asked['taken']> = {},
  standing: Partial<Asked['standing']> | null = {},
): Asked => {
  const conversationId = randomUUID()
  return {
    taken: {
      ...{ id: randomUUID(), tenantId, userId: 'ana', channel: 'email', target: 'ana@example.com', kind: 'message' },
      ...{ collapseKey: conversationId, withdraws: false, conversationId, fromSeq: 1, toSeq: 2, attempt: 1 },
      lost: 0,
      sentAs: null,
      eventAt: '2026-03-01T10:00:00.000Z',
      ...more,
    },
    revocation: null,
    standing: standing && {
      conversation: { id: conversationId, kind: 'group', title: 'The garden', context: null },
      messages: [
        {
          id: randomUUID(),
          seq: 2,
          type: 'text',
          senderId: 'ben',
          senderName: 'Ben',
          senderAvatarUrl: null,
          preview: 'Dienstag <b>?</b>',
          at: '2026-03-01T10:00:00.000Z',
        },
      ],
      ...{ unreadCount: 1, totalUnread: 4, user: { name: 'Ana', locale: 'de-AT' } },
      ...standing,
    },
  }
}

const isReady = (one: Prepared | Unsent | undefined): one is Prepared => one !== undefined && 'handOver' in one

describeUseCases('an e-mail', (current) => {
  test('is written as it leaves: in their language, with where it leads, is answered and is turned off', async () => {
    const { notifications } = current()
    const { ana, tenantId } = current().people('ana')
    const { lane, mails, replies, unsubscribe } = mailing(current())
    const waits = asked(tenantId)
    const [ready] = await lane.prepare(tenantId, [waits])
    if (!isReady(ready)) throw new Error('It is not ready')
    expect(await ready.handOver(context)).toMatchObject({ kind: 'accepted' })
    const [mail] = mails()
    expect(mail).toMatchObject({ id: waits.taken.id, to: 'ana@example.com', subject: 'Neue Nachrichten: The garden' })
    expect(mail!.text).toContain('Dienstag <b>?</b>')
    expect(mail!.html).toContain('Dienstag &lt;b&gt;?&lt;&#x2F;b&gt;')
    expect(mail!.text).toContain(`https://app.example.com/${waits.standing!.conversation!.id}`)
    expect(await replies.isKnown(mail!.replyTo!)).toBe(true)
    // one request turns them off, and nobody else's link does
    const token = mail!.unsubscribeUrl!.split('/').at(-1)!
    expect(mail!.unsubscribeUrl).toBe(`https://chat.example.com/v1/notifications/unsubscribe/${token}`)
    for (const forged of [
      '',
      'x',
      `${token}x`,
      token.replace('.', ''),
      `${Buffer.from('["t","u"]').toString('base64url')}.${token.split('.')[1]}`,
    ])
      expect([forged, await unsubscribe(forged)]).toEqual([forged, false])
    expect((await notifications.getNotificationPreferences(ana, {})).channels.email).toBe(true)
    await notifications.putNotificationPreferences(ana, { kinds: { offer: false } })
    for (let times = 0; times < 2; times++) expect(await unsubscribe(token)).toBe(true)
    expect(await notifications.getNotificationPreferences(ana, {})).toMatchObject({
      channels: { email: false, push: true },
      kinds: { offer: false },
    })
    expect(await lane.prepare(tenantId, [asked(tenantId)])).toMatchObject([{ state: 'withdrawn' }])
  })

  test('has the words of the tenant, and none of anybody where previews are not wanted', async () => {
    const { notifications } = current()
    const { ana, tenantId } = current().people('ana')
    const admin = { ...ana, role: 'admin' as const }
    const { lane, mails } = mailing(current())
    const words = {
      subject: 'Servus',
      text: '{{#messages}}{{preview}}{{/messages}}!',
      html: '<i>{{conversation.name}}</i>',
    }
    const place = { channel: 'email', locale: 'de' } as const
    await notifications.putNotificationTemplate(admin, { kind: 'offer', ...place, ...words })
    const send = async () => {
      const [ready] = await lane.prepare(tenantId, [asked(tenantId, { kind: 'offer' })])
      if (isReady(ready)) await ready.handOver(context)
      return mails()[0]!
    }
    expect(await send()).toMatchObject({ subject: 'Servus', text: 'Dienstag <b>?</b>!\n', html: '<i>The garden</i>' })
    await notifications.putNotificationPreferences(ana, { previews: false })
    const hidden = await send()
    expect(hidden.subject).toBe('Eine neue Nachricht')
    expect(hidden.subject + hidden.text + hidden.html).not.toMatch(/Dienstag|Ben|garden/)
    // nor has a template of the tenant's any to put in
    await notifications.putNotificationTemplate(admin, {
      kind: 'hidden',
      ...place,
      ...words,
      html: '{{conversation.name}}{{sender.name}}-',
    })
    expect(await send()).toMatchObject({ text: '!\n', html: '-' })
  })

  test('is not sent to an address that is another’s by then', async () => {
    const { tenantId } = current().people('ana')
    const { lane } = mailing(current())
    const withEmail = (email?: string | null) =>
      asked(tenantId, {}, { user: { name: 'Ana', locale: null, ...(email !== undefined && { email }) } })
    const [changed, taken, same, unsaid] = await lane.prepare(tenantId, [
      withEmail('ana@new.example.com'),
      withEmail(null),
      withEmail('Ana@Example.com'),
      withEmail(),
    ])
    const gone = { state: 'gone', reason: 'the address is not theirs any more' }
    expect([changed, taken]).toEqual([gone, gone])
    expect([isReady(same), isReady(unsaid)]).toEqual([true, true])
  })

  test('is not sent where nothing may leave any more, and to no address that nobody has', async () => {
    const { notifications, audience } = current()
    const { ana, tenantId } = current().people('ana')
    audience.emails.set(`${tenantId}/ana`, 'Ana@example.com')
    const { lane } = mailing(current(), { kind: 'gone', reason: 'no such mailbox' })
    expect(
      await lane.prepare(tenantId, [asked(tenantId, {}, null), asked(tenantId, { withdraws: true })]),
    ).toMatchObject([{ state: 'withdrawn' }, { state: 'withdrawn' }])
    const [ready] = await lane.prepare(tenantId, [asked(tenantId)])
    if (!isReady(ready)) throw new Error('It is not ready')
    await ready.forget('no such mailbox')
    const after = () =>
      lane.prepare(tenantId, [asked(tenantId), asked(tenantId, { userId: 'ben', target: 'ben@example.com' })])
    expect(await after()).toMatchObject([{ state: 'gone' }, {}])
    expect(isReady((await after())[1])).toBe(true)
    // whoever turns them on again has seen to it
    await notifications.putNotificationPreferences(ana, { channels: { push: false } })
    expect(isReady((await after())[0])).toBe(false)
    await notifications.putNotificationPreferences(ana, { channels: { email: true } })
    expect(isReady((await after())[0])).toBe(true)
  })
})
