import { ConfigError, DEVELOPMENT_SECRET } from '@parley/runtime'
import { expect, test } from 'vitest'
import { createLinks, linkKeys } from './links.ts'

const linked = {
  tenantId: 'default',
  attachmentId: '01900000-0000-7000-8000-000000000000',
  variant: undefined,
  disposition: 'inline',
} as const

test('links are signed with a secret of their own, or with one made of that of tokens, which signs nothing else', () => {
  const jwt = 'a secret of tokens that is long enough'
  const own = 'a secret of links that is long enough.'
  const reads = (by: Parameters<typeof linkKeys>[0], of: Parameters<typeof linkKeys>[0]) => {
    const token = createLinks(linkKeys(of)).sign(linked).url.split('/').at(-1)!
    return createLinks(linkKeys(by)).read(token) !== undefined
  }
  const production = { NODE_ENV: 'production' }
  expect(reads({ ...production, JWT_SECRET: jwt }, { ...production, JWT_SECRET: jwt })).toBe(true)
  expect(reads({ ...production, JWT_SECRET: jwt }, { ...production, JWT_SECRET: `${jwt}.` })).toBe(false)
  expect(reads({ ...production, LINK_SECRET: own, JWT_SECRET: jwt }, { ...production, LINK_SECRET: own })).toBe(true)
  expect(reads({ ...production, LINK_SECRET: own }, { ...production, JWT_SECRET: jwt })).toBe(false)
  // what was signed goes on while a secret gives way to another, whichever of the two signs
  const next = 'another secret of links, long enough'
  const [before, after] = [
    { LINK_SECRET: own, LINK_OTHER_SECRETS: [next] },
    { LINK_SECRET: next, LINK_OTHER_SECRETS: [own] },
  ]
  expect(reads({ ...production, ...before }, { ...production, ...after })).toBe(true)
  expect(reads({ ...production, ...after }, { ...production, LINK_SECRET: own })).toBe(true)
  expect(reads({ ...production, LINK_SECRET: own, JWT_SECRET: jwt }, { ...production, JWT_SECRET: jwt })).toBe(true)
  expect(reads({ ...production, JWT_SECRET: next, JWT_OTHER_SECRETS: [jwt] }, { ...production, JWT_SECRET: jwt })).toBe(
    true,
  )
  expect(linkKeys({ ...production, JWT_SECRET: jwt }).toString()).not.toContain(jwt)
})

test('production without a secret is refused by the name of the setting; development has one', () => {
  expect(() => linkKeys({ NODE_ENV: 'production' })).toThrow(ConfigError)
  expect(() => linkKeys({ NODE_ENV: 'production' })).toThrow(/LINK_SECRET/)
  expect(linkKeys({ NODE_ENV: 'development' })).toEqual(
    linkKeys({ NODE_ENV: 'production', JWT_SECRET: DEVELOPMENT_SECRET }),
  )
})

test('what was signed is read as it was; what ends in this moment has ended', () => {
  let now = 1_000_000
  const links = createLinks([Buffer.alloc(32)], () => now)
  const tokenOf = (more: object) =>
    links
      .sign({ ...linked, ...more })
      .url.split('/')
      .at(-1)!
  for (const more of [{}, { variant: 'thumbnail' }, { variant: 'medium', disposition: 'attachment' }])
    expect(links.read(tokenOf(more))).toEqual({ ...linked, ...more, endsInMs: 300_000 })
  const token = tokenOf({})
  now += 299_999
  expect(links.read(token)).toMatchObject({ endsInMs: 1 })
  now += 1
  expect(links.read(token)).toBeUndefined()
})
