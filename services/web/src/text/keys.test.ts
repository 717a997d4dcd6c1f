import { expect, test } from 'vitest'
import { belongsToInputMethod } from './keys.ts'

test('keys of an input method that composes mean nothing else, in each way in which browsers say so', () => {
  expect(belongsToInputMethod({ key: 'Escape', keyCode: 27, isComposing: true })).toBe(true)
  // Safari: the key that ends the composition comes after its end.
  expect(belongsToInputMethod({ key: 'Enter', keyCode: 229, isComposing: false })).toBe(true)
  expect(belongsToInputMethod({ key: 'Enter', keyCode: 13, isComposing: false })).toBe(false)
})
