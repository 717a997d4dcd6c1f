import { describe, expect, test } from 'vitest'
import { readConfig } from './config.ts'

describe('the command line', () => {
  test('may be empty, and asks for everything once then', () => {
    const config = readConfig([])
    expect(config).toMatchObject({
      quick: false,
      only: [],
      runs: 1,
      systems: ['parley', 'pods', 'one-process', 'echo', 'plain'],
    })
    expect(config.sizes.idleSockets).toBe(5_000)
    expect(config.profile).toBeUndefined()
  })

  test('may ask for profiles with and without a folder', () => {
    expect(readConfig(['--profile', '--quick'])).toMatchObject({ profile: 'profiles', quick: true })
    expect(readConfig(['--only', 'saturated, rate', '--profile', 'here'])).toMatchObject({
      profile: 'here',
      only: ['saturated', 'rate'],
    })
    expect(readConfig(['--profile'])).toMatchObject({ profile: 'profiles' })
  })

  test('is refused with everything that is wrong with it', () => {
    expect(() => readConfig(['--runs', 'many', '--systems', 'parley,whatsapp'])).toThrow(/--systems.*\n--runs/)
  })
})
