import { expect, test } from 'vitest'
import { linkedParts } from './links.ts'

/** The links of a text, each as what is shown and, where that differs, where it leads. */
const linksIn = (text: string) =>
  linkedParts(text)
    .filter(({ href }) => href !== null)
    .map(({ text: shown, href }) => (href === shown ? shown : `${shown} -> ${href}`))

test('a link keeps what belongs to it, and not the punctuation of the sentence', () => {
  expect(linksIn('See https://en.wikipedia.org/wiki/Sink_(plumbing).')).toEqual([
    'https://en.wikipedia.org/wiki/Sink_(plumbing)',
  ])
  expect(linksIn('(as on https://example.com/a?b=c#d)')).toEqual(['https://example.com/a?b=c#d'])
  expect(linksIn('“https://example.com/x”, https://example.com/y!')).toEqual([
    'https://example.com/x',
    'https://example.com/y',
  ])
  expect(linksIn('https://example.com/שלום/привет')[0]).toContain('https://example.com/')
})

test('addresses without a scheme are links where nothing else can be meant', () => {
  expect(linksIn('www.example.com/menu, or WWW.example.cleaning')).toEqual([
    'www.example.com/menu -> https://www.example.com/menu',
    'WWW.example.cleaning -> https://WWW.example.cleaning',
  ])
  expect(linksIn('write to ben@example.com.')).toEqual(['ben@example.com -> mailto:ben@example.com'])
  expect(linksIn('see notes.md, 10.30am, e.g. this...and www. alone, awww.example')).toEqual([])
})

test('nothing but the web and e-mail is a link', () => {
  for (const text of [
    'javascript:alert(1)',
    'javascript://example.com/%0aalert(1)',
    'JaVaScRiPt:https//x',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x file:///etc/passwd ftp://example.com/x //example.com/x blob:x',
  ])
    expect(linksIn(text)).toEqual([])
  for (const { href } of linkedParts('javascript:https://example.com a&b<https://example.com/"onclick=x>'))
    if (href !== null) expect(href).toMatch(/^https:\/\/example\.com/)
})

test('the parts are the text, whatever it is, and long ones take no time', () => {
  const texts = [
    '',
    'plain',
    'www.a.b\nwww.a.b',
    '(('.repeat(5000),
    'a@'.repeat(5000),
    'www.'.repeat(2500),
    'http://('.repeat(1250),
  ]
  const began = performance.now()
  for (const text of texts)
    expect(
      linkedParts(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
  expect(performance.now() - began).toBeLessThan(5000)
})
