import { expect, test } from 'vitest'
import { actionsOnDeal, dealOf, majorAmount, minorAmount } from './deals.ts'
import { message } from './fixtures.ts'

const offer = (payload: object) =>
  dealOf(
    message(1, 'bruno', { type: 'service_offer', payload: { title: 'x', amount: 1, currency: 'EUR', ...payload } }),
  )

test('an amount is read as people write it, in the minor units of its currency', () => {
  expect(['120', '120.5', '120,50', ' 1 200.00 ', '0'].map((text) => minorAmount(text, 'EUR'))).toEqual([
    12_000, 12_050, 12_050, 120_000, 0,
  ])
  expect(['', '-1', '1.234', '1.2.3', 'ten', '1e3'].map((text) => minorAmount(text, 'EUR'))).toEqual(
    Array(6).fill(null),
  )
  expect([minorAmount('1200', 'JPY'), minorAmount('12.5', 'JPY'), minorAmount('1.234', 'KWD')]).toEqual([
    1200,
    null,
    1234,
  ])
  expect([majorAmount(12_050, 'EUR'), majorAmount(1200, 'JPY')]).toEqual(['120.50', '1200'])
})

test('each side is offered what is theirs, and nothing once it is decided or its time is over', () => {
  const pending = offer({ status: 'pending' })!
  expect(actionsOnDeal(pending, false)).toEqual(['accept', 'decline', 'counter'])
  expect(actionsOnDeal(pending, true)).toEqual(['withdraw', 'counter'])
  expect(actionsOnDeal(offer({ status: 'accepted' })!, false)).toEqual([])
  const expiresAt = '2026-01-02T10:00:00Z'
  expect(actionsOnDeal(offer({ status: 'pending', expiresAt })!, false, Date.parse(expiresAt))).toEqual([])
  expect(actionsOnDeal(offer({ status: 'pending', expiresAt })!, false, Date.parse(expiresAt) - 1)).toHaveLength(3)
})

test('what another version has written is no card', () => {
  expect(offer({ status: 'pending', amount: 'much' })).toBeNull()
  expect(offer({})).toBeNull()
  expect(dealOf(message(1, 'bruno', { type: 'text', payload: { title: 'x', status: 'pending' } }))).toBeNull()
})
