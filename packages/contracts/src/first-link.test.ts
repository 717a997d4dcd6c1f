import { expect, test } from 'vitest'
import { firstLink } from './first-link.ts'

test('the first link of a text is found without what stands around it', () => {
  expect(firstLink('look (https://example.com/a_(b)). ok?')).toBe('https://example.com/a_(b)')
  expect(firstLink('see http://example.com/x?y=1, and https://other.example')).toBe('http://example.com/x?y=1')
  expect(firstLink('HTTPS://Example.com!')).toBe('https://example.com/')
  expect(firstLink('https:// example.com javascript:alert(1) www.example.com')).toBeUndefined()
})

test('what is behind an address takes no longer than it is long, whatever somebody puts there', () => {
  const before = process.cpuUsage()
  const made = `https://example.com/${'.'.repeat(4_000)}a`
  expect(firstLink(`${made}${')'.repeat(4_000)}`)).toBe(`${made}`)
  expect(firstLink(`https://example.com/a${').'.repeat(4_000)}`)).toBe('https://example.com/a')
  expect(firstLink(`https://example.com/{a}[b](c)${'}])'.repeat(2_000)}`)).toBe(
    new URL('https://example.com/{a}[b](c)').href,
  )
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1_000).toBeLessThan(1_000)
})
