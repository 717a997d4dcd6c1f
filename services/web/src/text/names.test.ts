import { expect, test } from 'vitest'
import { conversation, message, participant } from '../chat/fixtures.ts'
import { conversationRows } from './conversation-rows.ts'
import { daysAgo } from './dates.ts'
import { conversationName, hueOf, initials, isolated, typingText } from './names.ts'

test('a conversation is called after the other person, its title, or who is in it', () => {
  const people = ['ana', 'bruno', 'chidi'].map((userId) => participant(userId))
  expect(conversationName(conversation(), 'ana')).toBe('bruno')
  const group = conversation({ kind: 'group', participants: people, participantCount: 3 })
  expect(conversationName(group, 'ana')).toBe('bruno, chidi')
  expect(conversationName({ ...group, title: 'Kitchen' }, 'ana')).toBe('Kitchen')
})

test('initials and colours come from the person, whatever the id looks like', () => {
  expect(['Ana Duarte', 'provider:4', 'ana', '李小龍', '👩‍🔧 Bo', 'יעל (כהן)', '(', 'Bo "Mo"'].map(initials)).toEqual([
    'AD',
    'P4',
    'A',
    '李',
    '👩B',
    'יכ',
    '(',
    'BM',
  ])
  expect(hueOf('ana')).toBe(hueOf('ana'))
  expect(hueOf('ana')).toBeLessThan(360)
})

test('who types is said in words', () => {
  expect(typingText(['Ana'])).toBe('Ana is typing')
  expect(typingText(['Ana', 'Bo'])).toBe('Ana and Bo are typing')
  expect(typingText(['Ana', 'Bo', 'Cy'])).toBe('Ana and 2 others are typing')
})

test('days are counted by the calendar, not by 24 hours', () => {
  const lateYesterday = new Date(2026, 2, 28, 23, 59).toISOString()
  expect(daysAgo(lateYesterday, new Date(2026, 2, 29, 0, 1))).toBe(1)
})

test('rows have a line per day, one for what is new, and groups by sender', () => {
  const day = (date: number, minute: number) => new Date(2026, 0, date, 10, minute).toISOString()
  const rows = conversationRows(
    {
      hasOlder: true,
      messages: [
        message(1, 'bruno', { createdAt: day(1, 0) }),
        message(2, 'bruno', { createdAt: day(1, 1) }),
        message(3, 'bruno', { createdAt: day(1, 2) }),
        message(4, 'ana', { createdAt: day(2, 0) }),
      ],
    },
    2,
    'ana',
  )
  const drawn = rows.map(
    ({ message, startsDay, startsUnread, startsGroup, endsGroup }) =>
      `${startsDay ? 'day ' : ''}${startsUnread ? 'unread ' : ''}${message.seq}${startsGroup ? '<' : ''}${endsGroup ? '>' : ''}`,
  )
  expect(drawn).toEqual(['day 1<', '2>', 'unread 3<>', 'day 4<>'])
})

test('a name that is written from right to left keeps the sentence around it in order', () => {
  expect(isolated('Ana (2)')).toBe('Ana (2)')
  for (const name of ['יעל', 'سارة', 'Ana \u202egnihtyna']) expect(isolated(name)).toBe(`\u2068${name}\u2069`)
  const people = ['ana', 'יעל כהן', 'סער'].map((userId) => participant(userId))
  const group = conversation({ kind: 'group', participants: people, participantCount: 3 })
  expect(conversationName(group, 'ana')).toBe('\u2068יעל\u2069, \u2068סער\u2069')
})
