import { expect, test } from 'vitest'
import { decodeLiveEnvelope, encodeLiveEnvelope, type LiveEntry, liveEntrySize } from './live-envelope.ts'

const entry = (more: Partial<LiveEntry> = {}): LiveEntry => ({
  tenantId: 'acme',
  conversationId: '01900000-0000-7000-8000-0123456789ab',
  seq: 12,
  rev: 3,
  span: 1,
  aboutSeq: 12,
  audience: { version: null, userIds: ['ana', 'ben'] },
  event: 'new_message',
  json: '{"content":"hello"}',
  ...more,
})

test('an envelope comes out as it went in', () => {
  const entries = [
    entry(),
    entry({ audience: { version: 0, userIds: [] }, span: 0, event: '', json: '' }),
    entry({ audience: { version: 77, userIds: ['provider:4', 'a/b,c "d" \\ é 🎉'] }, seq: 2 ** 47, json: '"é🎉"' }),
    entry({ audience: { version: null, userIds: Array.from({ length: 16 }, (_, i) => '🎉'.repeat(i + 1)) } }),
  ]
  expect(decodeLiveEnvelope(encodeLiveEnvelope('publisher-1', 41, entries))).toEqual({
    publisherId: 'publisher-1',
    number: 41,
    entries,
    committedAt: 0,
  })
  expect(decodeLiveEnvelope(encodeLiveEnvelope('p', 1, [])).entries).toEqual([])
})

test('an envelope may say when all of it was committed, and is otherwise the same', () => {
  const at = Date.parse('2026-11-30T12:00:00.123Z')
  const [silent, saying] = [encodeLiveEnvelope('p', 1, [entry()]), encodeLiveEnvelope('p', 1, [entry()], at)]
  expect(decodeLiveEnvelope(saying)).toEqual({ ...decodeLiveEnvelope(silent), committedAt: at })
  // what a gateway of the former release reads of it
  expect(Buffer.from(saying).subarray(0, silent.length)).toEqual(Buffer.from(silent))
})

test('an envelope may say of each change to which trace it belongs', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const entries = [entry(), entry({ seq: 13, traceparent }), entry({ seq: 14 })]
  for (const at of [0, 1_790_000_000_000])
    expect(decodeLiveEnvelope(encodeLiveEnvelope('p', 1, entries, at))).toEqual({
      ...{ publisherId: 'p', number: 1, entries, committedAt: at },
    })
})

test('the size that is told beforehand is never too small', () => {
  const entries = [entry({ json: JSON.stringify('é🎉\n'.repeat(500)) }), entry({ event: '', json: '' })]
  const frame = encodeLiveEnvelope('p', 1, []).length
  const told = entries.reduce((sum, one) => sum + liveEntrySize(one), frame)
  expect(encodeLiveEnvelope('p', 1, entries).length).toBeLessThanOrEqual(told)
})

test('what is no envelope is refused, not misread', () => {
  expect(() => decodeLiveEnvelope(new TextEncoder().encode('{"json":true}'))).toThrow(RangeError)
  const cut = encodeLiveEnvelope('publisher', 1, [entry()])
  expect(() => decodeLiveEnvelope(cut.subarray(0, 30))).toThrow()
})
