import { BROADCAST_DAYS } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'

describeUseCases('broadcasts', (current) => {
  test('are read afterwards by everybody of the tenant and nobody else, the newest first and page by page', async () => {
    const { people, admin, chat } = current()
    const { ana } = people('ana')
    const { eve } = people('eve')
    await chat.getMe(ana, {})
    const link = 'https://status.example.com/7'
    const sent = await admin.broadcast(backendOf(ana), { title: 'Tonight', content: 'm1', link })
    for (const n of [2, 3, 4]) await admin.broadcast(backendOf(ana), { content: `m${n}` })
    const first = await chat.listBroadcasts(ana, { limit: 3 })
    expect(first.data.map(({ content }) => content)).toEqual(['m4', 'm3', 'm2'])
    const rest = await chat.listBroadcasts(ana, { limit: 3, cursor: first.nextCursor! })
    expect(rest).toEqual({
      data: [{ ...sent, title: 'Tonight', content: 'm1', link }],
      hasMore: false,
      nextCursor: null,
    })
    expect((await chat.listBroadcasts(eve, {})).data).toEqual([])
    expect(await codeOf(chat.listBroadcasts(ana, { cursor: 'nonsense' }))).toBe('invalid_input')
    expect(await codeOf(admin.broadcast(ana, { content: 'I am nobody' }))).toBe('forbidden')
  })

  test('are gone after their time, for readers at once and from the table when it is cleaned', async () => {
    const { people, admin, chat, asOwner, forgetBroadcasts } = current()
    const { ana, tenantId } = people('ana')
    await chat.getMe(ana, {})
    for (const n of upTo(3)) await admin.broadcast(backendOf(ana), { content: `m${n}` })
    await asOwner(
      `UPDATE broadcasts SET at = at - interval '${BROADCAST_DAYS} days 1 second'
       WHERE tenant_id = '${tenantId}' AND content <> 'm3'`,
    )
    const shown = async () => (await chat.listBroadcasts(ana, {})).data.map(({ content }) => content)
    expect(await shown()).toEqual(['m3'])
    expect(await forgetBroadcasts()).toBe(2)
    expect(await shown()).toEqual(['m3'])
    expect(await forgetBroadcasts()).toBe(0)
  })
})
