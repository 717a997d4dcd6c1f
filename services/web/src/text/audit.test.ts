import { expect, test } from 'vitest'
import { auditAction, auditDetails, auditTarget } from './audit.ts'

test('an entry of the audit log says in words what was done', () => {
  expect(auditAction({ action: 'conversation.joined', details: { role: 'observer' } })).toBe(
    'came to observe a conversation',
  )
  expect(auditAction({ action: 'report.resolved', details: {} })).toBe('resolved a report')
  expect(auditAction({ action: 'message.history_read', details: {} })).toBe('read what a message said before')
  expect(auditAction({ action: 'session.ended', details: {} })).toBe('signed out a device of their own')
  expect(auditAction({ action: 'something.quite_new', details: {} })).toBe('something quite new')
  expect(auditAction({ action: 'toString', details: {} })).toBe('toString')
})

test('its particulars are read without braces, and what is empty is left out', () => {
  expect(auditDetails({ from: 3, to: null, reason: '', userId: 'ana', is_open: true })).toEqual([
    { name: 'from', value: '3' },
    { name: 'user id', value: 'ana' },
    { name: 'is open', value: 'yes' },
  ])
  const settings = { preset: 'default', messages: { types: ['text', 'file'] } }
  expect(auditDetails({ settings })).toEqual([
    { name: 'settings', value: 'preset: default; messages: types: text, file' },
  ])
  expect(JSON.stringify(auditDetails({ a: { b: [{ c: 1 }] } }))).not.toMatch(/\{.*"a":\{/)
})

test('to whom it was done is said by name, where there is one', () => {
  const user = { userId: 'ana', name: 'Ana', avatarUrl: null }
  const conversation = { id: 'c', kind: 'direct' as const, title: null, pictureUrl: null, participants: [user] }
  const of = (entry: object) =>
    auditTarget({ target: 'id', targetUser: null, targetConversation: null, ...entry }).map(({ name, value }) => [
      name,
      value,
    ])
  expect(of({ targetUser: user })).toEqual([['user', 'Ana']])
  expect(of({ targetConversation: conversation })).toEqual([['conversation', 'Ana']])
  expect(of({ targetConversation: { ...conversation, title: 'Kitchen' } })).toEqual([['conversation', 'Kitchen']])
  expect(of({})).toEqual([['which', 'id']])
  expect(of({ target: null })).toEqual([])
})
