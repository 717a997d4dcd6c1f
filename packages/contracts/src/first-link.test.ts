import { expect, test } from 'vitest'
import { firstLink } from './first-link.ts'

test('the first link of a text is found without what stands around it', () => {
  expect(firstLink('look (https://example.com/a_(b)). ok?')).toBe('https://example.com/a_(b)')
  expect(firstLink('see http://example.com/x?y=1, and https://other.example')).toBe('http://example.com/x?y=1')
  expect(firstLink('HTTPS://Example.com!')).toBe('https://example.com/')
  expect(firstLink('https:// example.com javascript:alert(1) www.example.com')).toBeUndefined()
})
