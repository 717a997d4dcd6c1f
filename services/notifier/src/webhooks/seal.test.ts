import { expect, test } from 'vitest'
import { createSealing, sealKeys } from './seal.ts'

const [former, next, jwt] = ['f'.repeat(40), 'n'.repeat(40), 'j'.repeat(40)]
const production = { NODE_ENV: 'production' }
const sealing = (settings: object) => createSealing(sealKeys({ ...production, ...settings }))

test('while a key gives way to another, what either has sealed is opened by whoever has both, and sealed with the first', () => {
  const sealed = sealing({ WEBHOOK_KEY: former }).seal('whsec_1')
  const both = sealing({ WEBHOOK_KEY: next, WEBHOOK_OTHER_KEYS: [former] })
  expect(both.open(sealed)).toBe('whsec_1')
  expect(sealing({ WEBHOOK_KEY: next }).open(both.seal('whsec_2'))).toBe('whsec_2')
  expect(() => sealing({ WEBHOOK_KEY: next }).open(sealed)).toThrow(/WEBHOOK_KEY/)
  expect(() => both.open(`${sealed.slice(0, -4)}AAAA`)).toThrow(/WEBHOOK_KEY/)
})

test('what was sealed with a key that is made of the secret of tokens is opened when there is one of its own, and another secret', () => {
  const sealed = sealing({ JWT_SECRET: jwt }).seal('whsec_1')
  expect(sealing({ JWT_SECRET: jwt, WEBHOOK_KEY: next }).open(sealed)).toBe('whsec_1')
  expect(sealing({ JWT_SECRET: next, JWT_OTHER_SECRETS: [jwt] }).open(sealed)).toBe('whsec_1')
  expect(() => sealKeys(production)).toThrow(/WEBHOOK_KEY/)
})
