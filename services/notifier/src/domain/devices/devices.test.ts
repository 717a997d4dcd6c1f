import { randomBytes, randomUUID } from 'node:crypto'
import { MAX_DEVICES, type PutDevice } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

const keys = { p256dh: randomBytes(65).toString('base64url'), auth: randomBytes(16).toString('base64url') }
const browser = (more: Partial<PutDevice> = {}): PutDevice => ({
  deviceId: 'browser',
  channel: 'web_push',
  subscription: { endpoint: `https://push.example/${randomUUID()}`, keys },
  ...more,
})

describeUseCases('devices', (current) => {
  const ids = (devices: readonly { id: string }[]) => devices.map(({ id }) => id)

  test('somebody has pushes on their devices, the last one heard of first, until they say no; nobody else sees them', async () => {
    const { people, notifications } = current()
    const { ana, ben } = people('ana', 'ben')
    const put = await notifications.putDevice(ana, browser({ locale: 'de', app: 'shop' }))
    expect(put).toMatchObject({ id: 'browser', channel: 'web_push', locale: 'de', app: 'shop' })
    expect(JSON.stringify(put)).not.toContain('push.example')
    await notifications.putDevice(ana, { deviceId: 'phone', channel: 'apns', token: 'AB'.repeat(32) })
    expect(ids((await notifications.listDevices(ana, {})).devices)).toEqual(['phone', 'browser'])
    await notifications.putDevice(ana, browser())
    expect(ids((await notifications.listDevices(ana, {})).devices)).toEqual(['browser', 'phone'])
    expect((await notifications.listDevices(ana, {})).devices[0]).toMatchObject({
      locale: null,
      createdAt: put.createdAt,
    })
    expect(await notifications.listDevices(ben, {})).toEqual({ devices: [] })
    await notifications.removeDevice(ben, { deviceId: 'phone' })
    for (const _ of [1, 2]) await notifications.removeDevice(ana, { deviceId: 'browser' })
    expect(ids((await notifications.listDevices(ana, {})).devices)).toEqual(['phone'])
  })

  test('an address is of the user who logged in there last, under the name that they gave last', async () => {
    const { people, notifications } = current()
    const { ana, ben } = people('ana', 'ben')
    const device = browser()
    await notifications.putDevice(ana, device)
    await notifications.putDevice(ben, device)
    expect(await notifications.listDevices(ana, {})).toEqual({ devices: [] })
    await notifications.putDevice(ben, { ...device, deviceId: 'again' })
    expect(ids((await notifications.listDevices(ben, {})).devices)).toEqual(['again'])
    // in another tenant it is another user's
    const { eve } = people('eve')
    await notifications.putDevice(eve, device)
    expect(ids((await notifications.listDevices(ben, {})).devices)).toEqual(['again'])
  })

  test('with one more than there may be, the one that was not heard of for the longest goes', async () => {
    const { people, notifications } = current()
    const { ana } = people('ana')
    for (let n = 0; n < MAX_DEVICES; n++) await notifications.putDevice(ana, browser({ deviceId: `d${n}` }))
    await notifications.putDevice(ana, browser({ deviceId: 'd0' }))
    await notifications.putDevice(ana, browser({ deviceId: 'new' }))
    const found = ids((await notifications.listDevices(ana, {})).devices)
    expect(found).toHaveLength(MAX_DEVICES)
    expect(found.slice(0, 2)).toEqual(['new', 'd0'])
    expect(found).not.toContain('d1')
  })

  test('a device goes with the session that it was registered in, and with all tokens that are taken back; others stay', async () => {
    const { people, notifications, tokensRevoked } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const at = (time: string) => Date.parse(time) / 1_000
    const inSession = (sessionId: string, issuedAt = at('2026-03-01T10:00:00Z')) => ({ ...ana, sessionId, issuedAt })
    const left = async () => ids((await notifications.listDevices(ana, {})).devices).sort()
    const put = async () => {
      for (const name of ['phone', 'laptop'])
        await notifications.putDevice(inSession(name), browser({ deviceId: name }))
      await notifications.putDevice(ana, browser({ deviceId: 'before' }))
    }
    await notifications.putDevice({ ...ben, sessionId: 'phone' }, browser({ deviceId: 'phone' }))
    const revoked = (revokedBefore: string | null, ...endedSessions: string[]) =>
      tokensRevoked({ kind: 'tokens_revoked', tenantId, userId: 'ana', revokedBefore, endedSessions })
    await put()
    await revoked(null, 'phone')
    expect(await left()).toEqual(['before', 'laptop'])
    // who logged in there again says so
    await notifications.putDevice(inSession('again'), browser({ deviceId: 'phone' }))
    await revoked(null, 'phone')
    expect(await left()).toEqual(['before', 'laptop', 'phone'])
    await put()
    await notifications.putDevice(inSession('new', at('2026-03-01T12:00:00Z')), browser({ deviceId: 'new' }))
    await revoked('2026-03-01T11:00:00.000Z')
    // of one without a token's time it is known when it was heard of
    expect(await left()).toEqual(['before', 'new'])
    await revoked(new Date(Date.now() + 5_000).toISOString())
    expect(await left()).toEqual([])
    expect(ids((await notifications.listDevices(ben, {})).devices)).toEqual(['phone'])
  })

  test('what could never be reached is refused', async () => {
    const { people, notifications, audience } = current()
    const { tenantId, ana } = people('ana')
    const refused = (device: PutDevice) => expect(notifications.putDevice(ana, device)).rejects
    await refused({ deviceId: 'x', channel: 'fcm', token: 'a-token-of-fcm' }).toMatchObject({ code: 'not_supported' })
    await refused({ deviceId: 'x', channel: 'apns', token: 'not/hexadecimal' }).toMatchObject({ code: 'invalid_input' })
    for (const endpoint of ['http://push.example/1', 'https://me:secret@push.example/1'])
      await refused(browser({ subscription: { endpoint, keys } })).toMatchObject({
        code: 'invalid_input',
        errors: [{ pointer: '/subscription/endpoint' }],
      })
    audience.disabled.add(`${tenantId}/ana`)
    await refused(browser()).toMatchObject({ code: 'forbidden' })
    await expect(notifications.listDevices(ana, {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(notifications.getPushKey(ana, {})).rejects.toMatchObject({ code: 'forbidden' })
    await expect(notifications.removeDevice(ana, { deviceId: 'x' })).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('browsers are told the key that they subscribe with', async () => {
    const { people, notifications } = current()
    const { ana } = people('ana')
    expect(await notifications.getPushKey(ana, {})).toEqual({ publicKey: 'BKey' })
  })
})
