import { readOwnerSql } from '@parley/database'
import { expect, test } from 'vitest'
import { upTo } from '../../test/test-world.ts'
import { conversationOwner } from './owner.ts'

test('migrations are numbered in the order in which they are applied, and no two have one number', async () => {
  const { migrations } = await readOwnerSql(conversationOwner)
  // those of packages are named `<what>/<number>_...`, and come after its own
  const own = migrations.filter(({ name }) => !name.includes('/'))
  const numbers = own.map(({ name }) => Number(name.split('_')[0]))
  expect(numbers).toEqual(upTo(own.length))
})
