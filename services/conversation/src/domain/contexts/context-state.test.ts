import type { ContextRule } from '@parley/contracts'
import { expect, test } from 'vitest'
import { stateFor } from './context-state.ts'

const rule: ContextRule = {
  conversation: 'one',
  starters: null,
  statuses: {
    done: { conversation: 'read_only', reason: 'completed' },
    cancelled: { conversation: 'closed' },
    warranty: { conversation: 'closed', reason: 'warranty_over', afterSeconds: 3_600 },
    reopened: { conversation: 'active', reason: 'said but not shown' },
  },
}
const began = '2026-03-01T10:00:00.000Z'
const soon = '2026-03-01T10:59:59.999Z'
const over = '2026-03-01T11:00:00.000Z'
const open = { status: 'active', reason: null, next: null, held: false }

test.each([
  ['no status', null, soon, open],
  ['one that the policy does not name', 'confirmed', soon, open],
  ['one that is named like a property of every object', 'toString', soon, open],
  ['one that says active', 'reopened', soon, open],
  ['one that ends it at once, with its reason', 'done', began, { ...open, status: 'read_only', reason: 'completed' }],
  ['one without a reason is its own', 'cancelled', began, { ...open, status: 'closed', reason: 'cancelled' }],
  [
    'a time of grace',
    'warranty',
    soon,
    { ...open, next: { status: 'closed', reason: 'warranty_over', at: '2026-03-01T11:00:00.000Z' } },
  ],
  ['a time of grace that is over', 'warranty', over, { ...open, status: 'closed', reason: 'warranty_over' }],
])('what a status makes of a conversation: %s', (_, status, now, state) => {
  expect(stateFor(rule, { status, statusAt: began }, now)).toEqual(state)
})
