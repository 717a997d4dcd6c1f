import type { PolicySettings } from '@parley/contracts'
import { expect, test } from 'vitest'
import { contextRule, effectivePolicy, mayCreateGroups, mayStartDirect, requireConsistent } from './effective-policy.ts'
import { presets } from './presets.ts'

const booking = { conversation: 'one', starters: null, statuses: {} } as const

test('without settings a preset is what it is, and the default where none is named', () => {
  expect(effectivePolicy({})).toEqual(presets.default)
  for (const preset of Object.keys(presets) as (keyof typeof presets)[])
    expect(effectivePolicy({ preset })).toEqual(presets[preset])
})

test('every preset bounds what one user may call', () => {
  for (const { preset, rateLimits } of Object.values(presets)) {
    const { points, durationMs } = rateLimits.userCalls ?? { points: Number.POSITIVE_INFINITY, durationMs: 1 }
    expect([preset, points / durationMs <= 0.3]).toEqual([preset, true])
  }
})

test('every preset shows receipts: the database goes by what a tenant has set of it', () => {
  for (const { visibility } of Object.values(presets)) expect(visibility.receipts).toBe(true)
})

test('what is set is set over the preset, section by section; lists are replaced whole, and contexts by type', () => {
  const policy = effectivePolicy({
    messages: { maxLength: 5 },
    roles: { admin: ['staff'] },
    contexts: { booking },
  })
  expect(policy).toEqual({
    ...presets.default,
    messages: { ...presets.default.messages, maxLength: 5 },
    roles: { ...presets.default.roles, admin: ['staff'] },
    contexts: { ...presets.default.contexts, booking },
  })
})

test('a process may have other defaults: over any preset, and under what a tenant sets', () => {
  const unset: PolicySettings = { users: { mustExist: false } }
  expect(effectivePolicy({ preset: 'direct' }, unset)).toEqual({
    ...presets.direct,
    users: { ...presets.direct.users, mustExist: false },
  })
  expect(effectivePolicy({ users: { mustExist: true } }, unset)).toEqual(presets.default)
})

test('settings do not change the preset', () => {
  const before = structuredClone(presets)
  effectivePolicy({ messages: { maxLength: 5 }, contexts: { booking } })
  expect(presets).toEqual(before)
})

test.each<[string, PolicySettings, string]>([
  ['an admin who is a service', { roles: { admin: ['a', 'b'], service: ['b'] } }, '/roles/service'],
  ['everybody an admin', { roles: { admin: ['*'] } }, '/roles'],
  ['everybody a service', { roles: { service: ['*'] } }, '/roles'],
  [
    'a status that nothing can have',
    { contexts: { booking: { ...booking, statuses: { 'a\0': { conversation: 'closed' } } } } },
    '/contexts/booking/statuses',
  ],
  [
    'every type of context under a parent',
    { contexts: { '*': { ...booking, conversation: 'of_parent' } } },
    '/contexts/*',
  ],
])('settings that contradict themselves are refused: %s', (_, settings, pointer) => {
  expect(() => requireConsistent(effectivePolicy(settings))).toThrow(
    expect.objectContaining({ code: 'invalid_input', errors: [expect.objectContaining({ pointer })] }),
  )
})

test('every preset is consistent', () => {
  for (const policy of Object.values(presets)) requireConsistent(policy)
})

test('a type of context goes by its own rule, or by that for every type', () => {
  const every = { ...booking, conversation: 'per_pair' as const }
  const policy = { ...presets.default, contexts: { booking, '*': every } }
  expect([contextRule(policy, 'booking'), contextRule(policy, 'order')]).toEqual([booking, every])
  expect(contextRule({ ...policy, contexts: { booking } }, 'order')).toBeUndefined()
  // a property of every object is no type
  expect(contextRule({ ...policy, contexts: {} }, 'constructor')).toBeUndefined()
})

test.each([
  ['customer', 'provider', true],
  ['provider', 'customer', false],
  ['customer', 'customer', false],
  ['customer', null, false],
  ['staff', 'customer', true],
  ['staff', null, true],
  [null, 'provider', false],
])('who has the word %s may start with who has %s: %s', (from, to, may) => {
  const direct = [
    { from: 'customer', to: 'provider' },
    { from: 'staff', to: '*' },
  ]
  expect(
    mayStartDirect(
      { ...presets.default, conversations: { ...presets.default.conversations, direct, group: [] } },
      from,
      to,
    ),
  ).toBe(may)
})

test.each([
  [['*'], null, true],
  [['staff'], 'staff', true],
  [['staff'], 'customer', false],
  [['staff'], null, false],
  [[], 'staff', false],
])('where %j create groups, %s may: %s', (group, word, may) => {
  expect(
    mayCreateGroups(
      { ...presets.default, conversations: { ...presets.default.conversations, direct: [], group } },
      word,
    ),
  ).toBe(may)
})
