import { expect, test } from 'vitest'
import { readSettings, writeSettings } from './policy-text.ts'

test('settings come back as they were written', () => {
  const settings = { preset: 'contracts', groups: { maxParticipants: 5 } } as const
  expect(readSettings(writeSettings(settings))).toEqual({ settings })
  expect(readSettings({ preset: 'default', json: ' ' })).toEqual({ settings: { preset: 'default' } })
})

test('what is no settings is refused here, with the reason', () => {
  expect(readSettings({ preset: 'default', json: '{' })).toHaveProperty('problem')
  expect(readSettings({ preset: 'default', json: '[]' })).toHaveProperty('problem')
  expect(readSettings({ preset: 'default', json: '{"preset":"direct"}' })).toHaveProperty('problem')
})
