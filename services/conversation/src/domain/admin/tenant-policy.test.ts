import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('the tenant’s policy', (current) => {
  test('the words of tokens become admins and backends as the tenant says', async () => {
    const { people, admin } = current()
    const { ana } = people('ana')
    const word = (hostRole: string): Actor => ({ ...ana, hostRole })
    const mayRead = (actor: Actor) => codeOf(admin.getPolicy(actor, {}))
    expect([await mayRead(word('admin')), await mayRead(word('staff'))]).toEqual(['ok', 'forbidden'])
    await admin.setPolicy(backendOf(ana), { roles: { admin: ['staff'] } })
    expect([await mayRead(word('admin')), await mayRead(word('staff')), await mayRead(word('service'))]).toEqual([
      'forbidden',
      'ok',
      'ok',
    ])
    const both = admin.setPolicy(backendOf(ana), { roles: { admin: ['x'], service: ['x'] } })
    expect(await codeOf(both)).toBe('invalid_input')
  })

  test('an admin makes no service of themself, and nobody locks themself out of the policy', async () => {
    const { people, admin } = current()
    const { ana } = people('ana')
    const mia: Actor = { ...ana, userId: 'mia', role: 'admin', hostRole: 'admin' }
    const backend: Actor = { ...backendOf(ana), hostRole: 'service' }
    expect(await codeOf(admin.setPolicy(mia, { roles: { admin: ['boss'], service: ['admin'] } }))).toBe('forbidden')
    expect(await codeOf(admin.setPolicy(mia, { roles: { admin: ['boss'] } }))).toBe('invalid_input')
    expect(await codeOf(admin.setPolicy(backend, { roles: { service: ['backend'] } }))).toBe('invalid_input')
    expect(await codeOf(admin.setPolicy(mia, { roles: { admin: ['admin', 'boss'] } }))).toBe('ok')
    expect(await codeOf(admin.setPolicy(backend, { roles: { service: ['service', 'backend'] } }))).toBe('ok')
    // unchanged words are no change
    expect(await codeOf(admin.setPolicy(mia, { roles: { service: ['service', 'backend'] } }))).toBe('ok')
    expect(await codeOf(admin.setPolicy(mia, {}))).toBe('forbidden')
  })

  test('what no entry, cursor or status can hold is refused, not a fault of ours', async () => {
    const { people, admin, chat } = current()
    const { ana } = people('ana')
    const mia: Actor = { ...ana, userId: 'mia', role: 'admin' }
    const cursor = (...fields: string[]) => Buffer.from(JSON.stringify(fields)).toString('base64url')
    const statuses = (status: string) =>
      admin.setPolicy(mia, {
        contexts: {
          booking: { conversation: 'one', starters: null, statuses: { [status]: { conversation: 'closed' } } },
        },
      })
    const calls = [
      statuses('a\0'),
      statuses('\ud800'),
      admin.listAudit(mia, { target: 'a\0' }),
      admin.listAudit(mia, { action: '\0' }),
      ...['abc', '9'.repeat(30), '1-1'].map((id) => admin.listAudit(mia, { cursor: cursor(id) })),
      admin.listReports(mia, { cursor: cursor('123') }),
      chat.listConversations(ana, { cursor: cursor('2020-01-01T00:00:00.1Z', '-'.repeat(36)) }),
      chat.listConversations(ana, {
        cursor: cursor('0000-01-01T00:00:00.1Z', '01900000-0000-7000-8000-000000000000'),
      }),
    ]
    expect(await Promise.all(calls.map(codeOf))).toEqual(calls.map(() => 'invalid_input'))
  })
})
