import { Check } from 'typebox/value'
import { expect, test } from 'vitest'
import { minorDigits, moneyText } from './money.ts'
import { MAX_PREVIEW, previewOf } from './previews.ts'
import { kinds } from './registry.ts'

const offer = { title: 'Deep cleaning', amount: 12_050, currency: 'EUR' }
const payloads: Record<string, { right: object[]; wrong: object[] }> = {
  location: {
    right: [
      { latitude: 0, longitude: -180 },
      { latitude: 52.5, longitude: 13.4, address: 'Here 1' },
    ],
    wrong: [{ latitude: 91, longitude: 0 }, { latitude: 1 }, { latitude: 1, longitude: 1, altitude: 3 }],
  },
  contact: {
    right: [
      { name: 'Ben' },
      { name: 'Ben', phones: ['+49 (30) 123-45'], emails: ['b@x.example'], userId: 'provider:4' },
    ],
    wrong: [
      {},
      { name: '' },
      { name: 'B', phones: ['call me'] },
      { name: 'B', emails: ['b'] },
      { name: 'B', emails: [] },
    ],
  },
  service_offer: {
    right: [
      offer,
      { ...offer, amount: 0, durationMinutes: 90, note: 'x', packageId: 'p', expiresAt: '2026-01-01T00:00:00Z' },
    ],
    wrong: [
      ...[
        { ...offer, amount: 1.5 },
        { ...offer, amount: -1 },
        { ...offer, currency: 'eur' },
        { ...offer, currency: 'QQQ' },
      ],
      ...[
        { ...offer, status: 'accepted' },
        { ...offer, expiresAt: 'soon' },
        { ...offer, expiresAt: '2026-06-30T23:59:60Z' },
        { ...offer, expiresAt: '9999-12-31T23:59:59-23:59' },
      ],
    ],
  },
  booking_request: {
    right: [{ title: 'Cut', requestedFor: [{ start: '2026-03-01T10:00:00+01:00', timeZone: 'Europe/Berlin' }] }],
    wrong: [
      { title: 'Cut', requestedFor: [] },
      { title: 'Cut', requestedFor: [{ start: '2026-03-01T10:00:00Z', timeZone: 'Berlin' }] },
      { title: 'Cut', requestedFor: [{ start: '2026-03-01T10:00:00Z', timeZone: '+01:00' }] },
      { title: 'Cut', requestedFor: [{ start: '2026-03-01T10:00:00', timeZone: 'UTC' }] },
      { title: 'Cut', requestedFor: [{ start: '10 o’clock', timeZone: 'UTC' }] },
    ],
  },
}

test('each kind with a payload knows a right one from a wrong one', () => {
  const withPayload = kinds.filter(({ payload }) => payload)
  expect(withPayload.map(({ type }) => type).sort()).toEqual(Object.keys(payloads).sort())
  for (const { type, payload, mistakes } of withPayload) {
    const isRight = (given: object) => Check(payload!, given) && !mistakes?.(given as Record<string, unknown>).length
    for (const given of payloads[type]!.right) expect([given, isRight(given)]).toEqual([given, true])
    for (const given of payloads[type]!.wrong) expect([given, isRight(given)]).toEqual([given, false])
  }
})

test('money is shown in the minor units of ISO 4217, as people of the locale write it', () => {
  const spaced = (text: string) => text.replace(/\s/g, ' ')
  expect(['EUR', 'JPY', 'KWD', 'IQD', 'LAK', 'CLF'].map(minorDigits)).toEqual([2, 0, 3, 3, 2, 4])
  expect(moneyText(12_050, 'EUR', 'en')).toBe('€120.50')
  expect(spaced(moneyText(12_050, 'EUR', 'de'))).toBe('120,50 €')
  expect(moneyText(12_050, 'JPY', 'en')).toBe('¥12,050')
  expect(spaced(moneyText(12_050, 'KWD', 'en'))).toBe('KWD 12.050')
  expect(spaced(moneyText(99_999_999_999_999, 'EUR', 'en'))).toBe('€999,999,999,999.99')
})

test('every kind has a line of its own, in the locale of who reads it', () => {
  const line = (type: string, payload: object | null, locale = 'en', content = '') =>
    previewOf({ type, payload, content }, locale).replace(/\s/g, ' ')
  expect(line('service_offer', offer)).toBe('💼 Deep cleaning · €120.50')
  expect(line('service_offer', offer, 'de')).toBe('💼 Deep cleaning · 120,50 €')
  expect(line('service_offer', offer, 'not a locale')).toBe('💼 Deep cleaning · €120.50')
  const start = '2026-03-01T23:30:00Z'
  const times = [
    { start, timeZone: 'Asia/Tokyo' },
    { start, timeZone: 'UTC' },
  ]
  expect(line('booking_request', { title: 'Cut', requestedFor: times })).toBe('📅 Cut · Mar 2, 2026, 8:30 AM (+1)')
  expect(line('location', { latitude: 52.520008, longitude: 13.4 })).toBe('📍 52.52001 13.4')
  expect(line('location', { latitude: 1, longitude: 2, address: 'Here 1' })).toBe('📍 Here 1')
  expect(line('contact', { name: 'Ben' })).toBe('👤 Ben')
  expect(line('image', null)).toBe('🖼️')
  expect(line('image', null, 'en', 'our garden')).toBe('🖼️ our garden')
  expect(line('lunch_menu', { soup: true })).toBe('lunch menu')
  expect(line('lunch_menu', { soup: true }, 'en', 'Soup today')).toBe('Soup today')
})

test('a preview is one bounded line, and nothing of what was deleted', () => {
  const file = { kind: 'file', name: 'plan.pdf', durationMs: null } as const
  const voice = { kind: 'audio', name: 'voice.webm', durationMs: 62_400, peaks: [1, 2] } as const
  const withFiles = (content: string, ...attachments: (typeof file | typeof voice)[]) =>
    previewOf({ type: 'file', content, payload: null, attachments: attachments as never })
  expect(withFiles('', file)).toBe('📎 plan.pdf')
  expect(withFiles('', file, file, file)).toBe('📎 plan.pdf (+2)')
  expect(withFiles('The plan', file, file)).toBe('📎 The plan')
  expect(withFiles('', voice)).toBe('🎤 1:02')
  expect(previewOf({ type: 'text', content: 'one\n\n two', payload: null })).toBe('one two')
  const long = previewOf({ type: 'text', content: '🙂'.repeat(2_000), payload: null })
  expect([...long]).toHaveLength(MAX_PREVIEW)
  expect(long).not.toMatch(/\p{Cs}/u)
  expect(previewOf({ type: 'text', content: 'x', payload: null, deletedAt: '2026-01-01T00:00:00Z' })).toBe('')
  for (const { type } of kinds) {
    expect(previewOf({ type, content: 'x', payload: null })).toMatch(/x$/)
    expect(previewOf({ type, content: '', payload: null })).not.toBe('')
    expect(previewOf({ type, content: 'x', payload: { odd: 1 } })).toBeTypeOf('string')
  }
})
