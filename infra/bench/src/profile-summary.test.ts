import { expect, test } from 'vitest'
import { costsOf } from './profile-summary.ts'

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber })

test('self time goes to the function of the sample, and once to those that caused it, recursion or not', () => {
  const { busy, idle, functions, modules } = costsOf({
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('walk', 'file:///x/services/gateway/dist/walk.js'), children: [4] },
      { id: 4, callFrame: frame('walk', 'file:///x/services/gateway/dist/walk.js'), children: [5] },
      { id: 5, callFrame: frame('send', 'file:///x/node_modules/ws/lib/sender.js', 9) },
    ],
    samples: [2, 3, 4, 5, 1],
    timeDeltas: [0, 1_000, 2_000, 3_000, 4_000],
  })
  expect({ busy, idle }).toEqual({ busy: 9, idle: 1 })
  expect(functions.slice(0, 2)).toEqual([
    { name: 'walk @parley/gateway/dist/walk.js:1', self: 5, total: 9 },
    { name: 'send ws/lib/sender.js:10', self: 4, total: 4 },
  ])
  expect(modules[0]).toEqual({ name: '@parley/gateway', self: 5, total: 9 })
})
