import { expect, test } from 'vitest'
import { cardOf, mapAddress } from './cards.ts'

const card = (type: string, payload: object) => cardOf({ type, payload: { ...payload }, deletedAt: null })

test('a place leads to the map, and what is no place is no card', () => {
  const place = card('location', { latitude: 38.7, longitude: -9.14, name: 'The flat', address: 7 })
  expect(place).toEqual({ kind: 'location', latitude: 38.7, longitude: -9.14, name: 'The flat' })
  expect(mapAddress({ latitude: 38.7, longitude: -9.14 })).toBe(
    'https://www.openstreetmap.org/?mlat=38.7&mlon=-9.14#map=16/38.7/-9.14',
  )
  expect(card('location', { latitude: '38" onclick="', longitude: 1 })).toBeNull()
  expect(cardOf({ type: 'location', payload: null, deletedAt: '2026-05-14T10:00:00.000Z' })).toBeNull()
})

test('a contact has what is known of it', () => {
  expect(card('contact', { name: 'Rui', phones: ['+351 1', 2] })).toEqual({
    kind: 'contact',
    name: 'Rui',
    phones: ['+351 1'],
    emails: [],
  })
  expect(card('contact', { phones: [] })).toBeNull()
  expect(card('text', { name: 'Rui' })).toBeNull()
})
