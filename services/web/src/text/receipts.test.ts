import { expect, test } from 'vitest'
import { participant } from '../chat/fixtures.ts'
import { isolated } from './names.ts'
import { receiptNames } from './receipts.ts'

test('who has read a message and who has only received it are named, while there are few', () => {
  const people = [participant('ana', 9), participant('bruno', 5), { ...participant('carl', 4), lastDeliveredSeq: 5 }]
  const held = { participants: people, participantCount: 3 }
  const name = (index: number) => isolated(people[index]?.name ?? people[index]?.userId ?? '')
  expect(receiptNames(held, 5, 'ana')).toBe(`Read by ${name(1)}\nReceived by ${name(2)}`)
  expect(receiptNames(held, 6, 'ana')).toBeNull()
  expect(receiptNames({ ...held, participantCount: 60 }, 5, 'ana')).toBeNull()
})
