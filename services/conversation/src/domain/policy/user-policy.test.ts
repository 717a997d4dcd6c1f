import { UserPolicy } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { presets } from './presets.ts'
import { userPolicy } from './user-policy.ts'

const customer = { role: 'user', hostRole: 'customer' } as const

test('says of every preset what its contract says, and nothing of roles and rates', () => {
  for (const preset of Object.values(presets)) {
    const said = userPolicy(preset, customer)
    expect(Object.keys(said).sort()).toEqual(Object.keys(UserPolicy.properties).sort())
    expect(JSON.stringify(said)).not.toMatch(/roles|rateLimits|statuses|preset/)
  }
})

test('says whom somebody may write to, and whether they may create groups, by who they are', () => {
  const desk = presets['support-desk']
  expect(userPolicy(desk, customer).conversations).toMatchObject({ createGroups: false, direct: ['admin'] })
  expect(userPolicy(desk, { role: 'user', hostRole: null }).conversations.direct).toEqual([])
  expect(userPolicy(desk, { role: 'admin', hostRole: 'admin' }).conversations).toEqual({
    createGroups: true,
    direct: ['customer'],
    unarchiveOnMessage: true,
    maxPinned: 5,
  })
  const direct = [
    { from: 'customer', to: 'provider' },
    { from: '*', to: '*' },
  ]
  const conversations = { direct, group: ['customer'], unarchiveOnMessage: false, maxPinned: 2 }
  expect(userPolicy({ ...desk, conversations }, customer).conversations).toEqual({
    createGroups: true,
    direct: ['*'],
    unarchiveOnMessage: false,
    maxPinned: 2,
  })
})

describeUseCases('what users are told of the rules', (current) => {
  test('is what the tenant has set', async () => {
    const { people, chat, admin } = current()
    const { ana } = people('ana')
    await admin.setPolicy({ ...ana, role: 'service' }, { messages: { maxLength: 5, editWindowSeconds: 0 } })
    const { messages } = await chat.getPolicy(ana, {})
    expect(messages).toMatchObject({ maxLength: 5, editWindowSeconds: 0 })
  })
})
