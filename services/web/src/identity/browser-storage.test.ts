import { expect, test } from 'vitest'
import { browserStorage, storageOf } from './browser-storage.ts'
import { memoryStorage } from './memory-storage.ts'

test('where a browser forbids storage nothing is found, and nothing breaks', () => {
  const forbidden = browserStorage(() => {
    throw new DOMException('denied', 'SecurityError')
  })
  expect(forbidden.set('a', '1')).toBe(false)
  expect(forbidden.get('a')).toBeNull()
  expect(forbidden.keys()).toEqual([])
  forbidden.remove('a')
})

test('a storage that is full says so, and keeps what it has', () => {
  const memory = memoryStorage(5)
  const storage = browserStorage(() => memory)
  expect(storage.set('a', '12345')).toBe(true)
  expect(storage.set('b', '1')).toBe(false)
  expect(storage.get('a')).toBe('12345')
})

test('people who use one browser do not see what the others keep, whatever their ids are', () => {
  const memory = memoryStorage()
  const all = browserStorage(() => memory)
  const people = [
    { tenantId: 'demo', userId: 'ana' },
    { tenantId: 'demo', userId: 'ana/x' },
    { tenantId: 'demo', userId: 'anab' },
    { tenantId: 'other', userId: 'ana' },
  ].map((person) => storageOf(person, all))
  for (const [index, storage] of people.entries()) storage.set('draft/1', `text ${index}`)
  expect(people.map((storage) => storage.get('draft/1'))).toEqual(['text 0', 'text 1', 'text 2', 'text 3'])
  people[0]!.clear()
  expect(people.map((storage) => storage.keys().length)).toEqual([0, 1, 1, 1])
})
