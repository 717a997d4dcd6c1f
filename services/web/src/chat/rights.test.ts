import { expect, test } from 'vitest'
import { conversation, participant } from './fixtures.ts'
import { rightsIn } from './rights.ts'

const as = (role: string, patch = {}) =>
  rightsIn(
    conversation({
      kind: 'group',
      participants: [{ ...participant('ana'), role }, participant('bruno')],
      ...patch,
    }),
    'ana',
  )
const other = (role: string) => ({ userId: 'x', role })

test('an owner does everything, and removes anybody but themself', () => {
  expect(as('owner')).toMatchObject({ write: true, manage: true, setRoles: true, leave: true })
  expect(as('owner').remove(other('owner'))).toBe(true)
  expect(as('owner').remove({ userId: 'ana', role: 'owner' })).toBe(false)
})

test('a moderator lets people in, and removes members and observers only', () => {
  expect(as('moderator')).toMatchObject({ write: true, manage: true, setRoles: false })
  expect(['member', 'observer', 'moderator', 'owner'].map((role) => as('moderator').remove(other(role)))).toEqual([
    true,
    true,
    false,
    false,
  ])
})

test('an observer only reads, and may leave', () => {
  expect(as('observer')).toMatchObject({ write: false, manage: false, leave: true })
})

test('an admin who came to moderate leaves any conversation', () => {
  const joined = conversation({ participants: [{ ...participant('ana'), role: 'moderator' }, participant('bruno')] })
  expect(rightsIn(joined, 'ana', true).leave).toBe(true)
  expect(rightsIn(joined, 'ana', false).leave).toBe(false)
})

test('nobody writes or changes anything in what is closed, and nobody manages what is no group', () => {
  expect(as('owner', { status: 'closed' })).toMatchObject({ write: false, manage: false, setRoles: false, leave: true })
  expect(as('owner', { kind: 'context' })).toMatchObject({ write: true, manage: false, setRoles: false, leave: false })
})
