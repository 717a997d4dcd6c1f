import { expect, test } from 'vitest'
import { conversation, participant } from './fixtures.ts'
import { changesTo, rightsIn } from './rights.ts'

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
  const joined = conversation({
    participants: [{ ...participant('ana'), role: 'moderator', staff: true }, participant('bruno')],
  })
  expect(rightsIn(joined, 'ana', true).leave).toBe(true)
  expect(rightsIn(joined, 'ana', false).leave).toBe(false)
})

test('nobody writes or changes anything in what is closed, and nobody manages what is no group', () => {
  expect(as('owner', { status: 'closed' })).toMatchObject({ write: false, manage: false, setRoles: false, leave: true })
  expect(as('owner', { kind: 'context' })).toMatchObject({ write: true, manage: false, setRoles: false, leave: false })
})

test('a message is changed while its window is open, never where there is none, and for ever where nothing limits it', () => {
  const createdAt = '2026-05-14T10:00:00.000Z'
  const at = (seconds: number) => Date.parse(createdAt) + seconds * 1000
  const rules = (editWindowSeconds: number | null, deleteWindowSeconds: number | null) => ({
    editWindowSeconds,
    deleteWindowSeconds,
  })
  expect(changesTo({ createdAt }, rules(60, null), at(59))).toEqual(['edit', 'delete'])
  expect(changesTo({ createdAt }, rules(60, null), at(60))).toEqual(['delete'])
  expect(changesTo({ createdAt }, rules(0, 0), at(0))).toEqual([])
  expect(changesTo({ createdAt }, rules(null, 5), at(1_000_000))).toEqual(['edit'])
  expect(changesTo({ createdAt }, undefined, at(1_000_000))).toEqual(['edit', 'delete'])
})
