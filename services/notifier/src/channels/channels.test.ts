import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { describeChannel } from '../../test/conformance/channel-conformance.ts'
import { describeHandOver, type TestedReceiver } from '../../test/conformance/hand-over-conformance.ts'
import { openApnsReceiver } from '../../test/receivers/apns-receiver.ts'
import { openBrowserReceiver } from '../../test/receivers/browser-receiver.ts'
import { openFcmReceiver } from '../../test/receivers/fcm-receiver.ts'
import { openSmtpReceiver } from '../../test/receivers/smtp-receiver.ts'
import type { DevicePush } from '../domain/ports/device-push.ts'
import type { Mail } from '../domain/ports/mail.ts'
import type { TestReceiver } from '../testing/receiver.ts'

const signal = new AbortController().signal

describeChannel('browsers', openBrowserReceiver, (current, push) => {
  test('who sends is signed once for many pushes, and anew long before that is over', async () => {
    onTestFinished(() => void vi.useRealTimers())
    const { channel, authorizations } = current()
    const first = authorizations.length
    for (const hours of [0, 0, 13]) {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 })
      expect(await channel.handOver(push(), { signal })).toMatchObject({ kind: 'accepted' })
    }
    const [one, same, later] = authorizations.slice(first)
    expect(same).toBe(one)
    expect(later).not.toBe(one)
  })

  test('an endpoint on this machine or its networks is not connected to, whoever says that it is their browser', async () => {
    await using guarded = await openBrowserReceiver(400, false)
    const { port } = new URL(guarded.device.target)
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254']) {
      const target = `https://${host}:${port}/push`
      expect((await guarded.channel.handOver(push({ target }), { signal })).kind).not.toBe('accepted')
    }
    expect(await guarded.channel.handOver(push({ ...guarded.device }), { signal })).toMatchObject({ kind: 'gone' })
    expect(guarded.received).toEqual([])
  })
})

describeChannel('Firebase Cloud Messaging', openFcmReceiver, (current, push) => {
  const handOver = () => current().channel.handOver(push(), { signal })

  test('its access token is asked for once, and again when it is not taken any more', async () => {
    await Promise.all([handOver(), handOver()])
    const before = current().asked
    await handOver()
    expect(current().asked).toBe(before)
    current().accessToken = 'another'
    expect(await handOver()).toMatchObject({ kind: 'later', from: 'everybody' })
    expect(await handOver()).toMatchObject({ kind: 'accepted' })
    expect(current().asked).toBe(before + 1)
  })

  test('credentials that are not taken, and a quota that is used up, are the trouble of everybody', async () => {
    current().accessToken = 'another'
    current().handsOutTokens = false
    await handOver()
    expect(await handOver()).toMatchObject({
      kind: 'later',
      from: 'everybody',
      reason: expect.stringContaining('invalid_grant'),
    })
    current().handsOutTokens = true
    expect(await handOver()).toMatchObject({ kind: 'accepted' })
    current().answer = { status: 429 }
    expect(await handOver()).toMatchObject({ kind: 'later', from: 'everybody', afterMs: 60_000 })
  })
})

describe('a wrong setting costs nobody their device', () => {
  const devicePush = ({ device }: TestReceiver): DevicePush => ({
    ...{ id: randomUUID(), tenantId: 'default', userId: 'ana', collapseKey: 'c', title: 'Ben', body: 'Hello' },
    ...{ badge: 1, withdraws: false, ttlSeconds: 60, url: null, data: {} },
    ...device,
  })

  test('a project that Firebase does not know is the trouble of everybody, and another one is not that of any device', async () => {
    await using receiver = await openFcmReceiver(20_000)
    for (const body of ['', '{}', '{"error":{"code":404,"message":"Requested entity was not found."}}']) {
      receiver.answer = { status: 404, body }
      expect(await receiver.channel.handOver(devicePush(receiver), { signal })).toMatchObject({
        ...{ kind: 'later', from: 'everybody', reason: expect.stringContaining('404') },
      })
    }
    const mismatch = receiver.gone.find(({ status }) => status === 403)!
    receiver.answer = mismatch
    expect(await receiver.channel.handOver(devicePush(receiver), { signal })).toMatchObject({ kind: 'refused' })
    receiver.answer = 'accept'
    expect(await receiver.channel.handOver(devicePush(receiver), { signal })).toMatchObject({ kind: 'accepted' })
    receiver.answer = mismatch
    expect(await receiver.channel.handOver(devicePush(receiver), { signal })).toMatchObject({ kind: 'gone' })
  })

  test('a token that Apple does not take is wrong only where it takes others, and one of another app never', async () => {
    await using receiver = await openApnsReceiver(20_000)
    const handOver = async (reason: string) => {
      receiver.answer = { status: 400, body: JSON.stringify({ reason }) }
      return (await receiver.channel.handOver(devicePush(receiver), { signal })).kind
    }
    expect([await handOver('BadDeviceToken'), await handOver('DeviceTokenNotForTopic')]).toEqual(['refused', 'refused'])
    receiver.answer = 'accept'
    expect(await receiver.channel.handOver(devicePush(receiver), { signal })).toMatchObject({ kind: 'accepted' })
    expect([await handOver('BadDeviceToken'), await handOver('DeviceTokenNotForTopic')]).toEqual(['gone', 'refused'])
  })
})

describeChannel("Apple's devices", openApnsReceiver, (current, push) => {
  const handOver = () => current().channel.handOver(push(), { signal })

  test('many at once go over one connection, with one token', async () => {
    await handOver()
    const { connections, tokens } = current()
    tokens.clear()
    expect(await Promise.all(Array.from({ length: 50 }, handOver))).toSatisfy((outcomes: { kind: string }[]) =>
      outcomes.every(({ kind }) => kind === 'accepted'),
    )
    expect([current().connections, tokens.size]).toEqual([connections, 1])
  })

  test('a token that is too old is made anew; trouble with who sends is the trouble of everybody', async () => {
    current().tokens.clear()
    current().answer = { status: 403, body: '{"reason":"InvalidProviderToken"}' }
    expect(await handOver()).toMatchObject({ kind: 'later', from: 'everybody' })
    expect(current().tokens.size).toBe(1)
    current().answer = { status: 403, body: '{"reason":"ExpiredProviderToken"}' }
    expect(await handOver()).toMatchObject({ kind: 'later', from: 'everybody' })
    current().answer = 'accept'
    expect(await handOver()).toMatchObject({ kind: 'accepted' })
    expect(current().tokens.size).toBe(2)
  })
})

describe('mail servers', () => {
  let receiver: TestedReceiver<Mail>
  beforeAll(async () => {
    receiver = await openSmtpReceiver(20_000)
  })
  afterAll(() => receiver?.[Symbol.asyncDispose]())
  beforeEach(() => {
    receiver.answer = 'accept'
    receiver.received.length = 0
    receiver.written = 0
  })
  describeHandOver(() => receiver, openSmtpReceiver)
})
