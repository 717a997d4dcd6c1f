import { inputCheck, LongCursor } from '@parley/contracts'
import { expect, test } from 'vitest'
import {
  decodeActivityCursor,
  decodeIdCursor,
  decodeSeqCursor,
  decodeSyncCursor,
  decodeUserCursor,
  encodeActivityCursor,
  encodeCursor,
  encodeSyncCursor,
} from './cursor.ts'

const uuid = '01900000-0000-7000-8000-000000000000'

test('what was encoded is decoded', () => {
  const point = { conversationId: uuid, epoch: 1, seq: 2, rev: 3, privateCounter: 4 }
  expect(decodeSyncCursor(uuid, encodeSyncCursor(point))).toEqual(point)
  const activity = { at: '2026-03-01T00:00:00.000123Z', id: uuid }
  expect(decodeActivityCursor(encodeActivityCursor(activity))).toEqual(activity)
  expect(decodeSeqCursor(encodeCursor(['after', 7]))).toEqual({ direction: 'after', seq: 7 })
  expect(decodeIdCursor(encodeCursor([uuid]), 'uuid')).toBe(uuid)
  expect(decodeIdCursor(encodeCursor(['42']), 'number')).toBe('42')
  expect(decodeUserCursor(encodeCursor(['☂ {1,2}']))).toBe('☂ {1,2}')
})

test('clients hold cursors for years: their form stays', () => {
  expect(encodeSyncCursor({ epoch: 1, seq: 2, rev: 3, privateCounter: 4 })).toBe('WzEsMiwzLDRd')
})

test.each([
  ['a day that no month has', '2026-02-31T00:00:00.0Z'],
  ['a day 0', '2026-02-00T00:00:00.0Z'],
  ['a month 13', '2026-13-01T00:00:00.0Z'],
  ['an hour 24', '2026-02-28T24:00:00.0Z'],
  ['a leap second', '2026-06-30T23:59:60.0Z'],
  ['an offset', '2026-06-30T23:59:59.0+99:99'],
  ['more behind it', "2026-06-30T23:59:59.0Z'"],
  ['a fraction that is too long', `2026-06-30T23:59:59.${'0'.repeat(200)}Z`],
  ['a year 0', '0000-06-30T23:59:59.0Z'],
  ['no time', '-infinity'],
])('a place in time with %s is refused before the database is asked', (_, at) => {
  expect(() => decodeActivityCursor(encodeCursor([at, uuid]))).toThrow('The cursor is not one of ours')
})

test('the longest that a list gives out is taken, and holds the longest id and name', () => {
  const id = '\u{1d4b3}'.repeat(128)
  for (const cursor of [
    encodeCursor([id]),
    encodeCursor(['\u{1d4b3}'.repeat(200), id]),
    encodeCursor(['"'.repeat(200), '\\'.repeat(128)]),
  ])
    expect(inputCheck(LongCursor)(cursor)).toBe(cursor)
  expect(decodeUserCursor(encodeCursor([id]))).toBe(id)
})

const sync = (cursor: string) => decodeSyncCursor(uuid, cursor)
test.each<[string, (cursor: string) => unknown, string]>([
  ['no text at all', sync, ''],
  ['no JSON', sync, Buffer.from('[1,2').toString('base64url')],
  ['another thing', sync, Buffer.from('{"length":4}').toString('base64url')],
  ['too few fields', sync, encodeCursor([1, 2, 3])],
  ['too many fields', sync, encodeCursor([1, 2, 3, 4, 5])],
  ['a field of another kind', sync, encodeCursor([1, 2, 3, '4'])],
  ['a negative number', sync, encodeCursor([1, -2, 3, 4])],
  ['half a number', sync, encodeCursor([1, 2.5, 3, 4])],
  ['a number that is not exact', sync, encodeCursor([1, 2 ** 53, 3, 4])],
  ['no time', decodeActivityCursor, encodeCursor(['yesterday', uuid])],
  ['a time that is none', decodeActivityCursor, encodeCursor(['2020-13-01T00:00:00.1Z', uuid])],
  ['a year that Postgres does not have', decodeActivityCursor, encodeCursor(['0000-01-01T00:00:00.1Z', uuid])],
  ['no id', decodeActivityCursor, encodeCursor(['2020-01-01T00:00:00.1Z', '-'.repeat(36)])],
  ['another direction', decodeSeqCursor, encodeCursor(['around', 1])],
  ['an id of the other form', (cursor) => decodeIdCursor(cursor, 'number'), encodeCursor([uuid])],
  [
    'a number longer than the database has',
    (cursor) => decodeIdCursor(cursor, 'number'),
    encodeCursor(['9'.repeat(30)]),
  ],
  ['a user id with a NUL', decodeUserCursor, encodeCursor(['a\0'])],
  ['half of a surrogate pair', decodeUserCursor, encodeCursor(['\ud800'])],
])('what was not made here is refused: %s', (_, decode, cursor) => {
  expect(() => decode(cursor)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
})
