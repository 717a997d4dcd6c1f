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
  const activity = { id: uuid, activityAt: '2026-03-01T00:00:00.000123Z' }
  expect(decodeActivityCursor(encodeActivityCursor(activity))).toEqual({ id: uuid, at: activity.activityAt })
  expect(decodeSeqCursor(encodeCursor(['after', 7]))).toEqual({ direction: 'after', seq: 7 })
  expect(decodeIdCursor(encodeCursor([uuid]), 'uuid')).toBe(uuid)
  expect(decodeIdCursor(encodeCursor(['42']), 'number')).toBe('42')
  expect(decodeUserCursor(encodeCursor(['☂ {1,2}']))).toBe('☂ {1,2}')
})

test('clients hold cursors for years: their form stays', () => {
  expect(encodeSyncCursor({ epoch: 1, seq: 2, rev: 3, privateCounter: 4 })).toBe('WzEsMiwzLDRd')
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
