import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { upTo } from '../../../test/test-world.ts'
import { createUseCases } from '../use-cases.ts'

describeUseCases('users of the host', (current) => {
  test('the host says who its users are; what it leaves out stays, null clears', async () => {
    const { people, host } = current()
    const { ana } = people('ana')
    const backend = backendOf(ana)
    const [first] = (
      await host.upsertUsers(backend, { users: [{ userId: 'zoe', name: 'Zoe', role: 'provider', locale: 'pt-BR' }] })
    ).data
    expect(first).toMatchObject({
      created: true,
      user: { userId: 'zoe', name: 'Zoe', role: 'provider', disabledAt: null },
    })
    const { data } = await host.upsertUsers(backend, {
      users: [
        { userId: 'zoe', locale: null, email: 'zoe@example.com' },
        { userId: 'ana', name: 'Ana' },
      ],
    })
    expect(data).toMatchObject([
      { created: false, user: { userId: 'zoe', name: 'Zoe', locale: null, email: 'zoe@example.com' } },
      { created: true, user: { userId: 'ana', name: 'Ana' } },
    ])
    const again = await host.upsertUsers(backend, {
      users: [
        { userId: 'zoe', name: null },
        { userId: 'ana', email: 'ana@example.com', role: 'owner' },
      ],
    })
    expect(again.data).toMatchObject([
      { created: false, user: { userId: 'zoe', name: null, role: 'provider', email: 'zoe@example.com' } },
      { created: false, user: { userId: 'ana', name: 'Ana', role: 'owner', email: 'ana@example.com' } },
    ])
    const reserved = host.upsertUsers(backend, { users: [{ userId: 'ok' }, { userId: 'parley:system' }] })
    await expect(reserved).rejects.toMatchObject({ code: 'invalid_input' })
    await expect(host.getUser(backend, { userId: 'ok' })).rejects.toMatchObject({ code: 'not_found' })
    expect(await codeOf(host.upsertUsers(ana, { users: [{ userId: 'ana' }] }))).toBe('forbidden')
  })

  test('names that come with very many members are told as each step is committed, whatever becomes of the next', async () => {
    const { people, store } = current()
    const { ana, tenantId } = people('ana')
    const backend = backendOf(ana)
    const told: string[] = []
    const { host } = createUseCases({
      store,
      newId: randomUUID,
      tell(control) {
        if (control.kind === 'profiles_changed' && control.tenantId === tenantId) told.push(...control.userIds)
      },
    })
    const ids = upTo(150).map((n) => `user-${`${n}`.padStart(3, '0')}`)
    const put = (named: boolean) =>
      host.upsertContexts(backend, {
        contexts: [
          {
            ...{ type: 'booking', id: '1' },
            members: ids.map((userId) => ({ userId, role: 'crew', ...(named && { name: `Name of ${userId}` }) })),
          },
        ],
      })
    await put(false)
    expect(told).toEqual([])
    const { transaction } = store
    let begun = 0
    const broken = vi.spyOn(store, 'transaction').mockImplementation((...work) => {
      if (++begun === 2) throw new Error('ended')
      return transaction(...work)
    })
    try {
      await expect(put(true)).rejects.toThrow('ended')
    } finally {
      broken.mockRestore()
    }
    expect([...told].sort()).toEqual(ids.slice(0, 100))
    await put(true)
    expect([...told].sort()).toEqual(ids)
  })

  test('new names and pictures are told, whoever says them; what is new about nobody is not', async () => {
    const { people, store } = current()
    const { ana, tenantId } = people('ana')
    const backend = backendOf(ana)
    let told: string[][] = []
    const { host, chat, edge } = createUseCases({
      store,
      newId: randomUUID,
      tell(control) {
        if (control.kind === 'profiles_changed' && control.tenantId === tenantId) told.push(control.userIds)
      },
    })
    const toldOf = async (call: Promise<unknown>) => {
      told = []
      await call
      return told
    }
    const say = (...users: Parameters<typeof host.upsertUsers>[1]['users']) =>
      toldOf(host.upsertUsers(backend, { users }))
    const ben = { userId: 'ben', name: 'Ben' }
    const zoe = { userId: 'zoe', name: 'Zoe', avatarUrl: 'https://example.com/1.png' }
    expect(await say(ben, zoe)).toEqual([])
    expect(await say(ben, zoe, { userId: 'new', name: 'New' })).toEqual([])
    // nobody is shown any of these
    expect(await say({ userId: 'ben', role: 'provider', email: 'ben@example.com', locale: 'pt' })).toEqual([])
    expect(await say({ ...ben, name: 'Benjamin' }, zoe, { ...zoe, userId: 'new', name: 'New' })).toEqual([
      ['ben', 'new'],
    ])
    expect(await say({ userId: 'zoe', avatarUrl: null })).toEqual([['zoe']])
    const dan = { ...ana, userId: 'dan', name: 'Dan' }
    expect(await toldOf(chat.getMe(dan, {}))).toEqual([])
    expect(await toldOf(chat.getMe({ ...dan, hostRole: 'customer' }, {}))).toEqual([])
    expect(await toldOf(chat.getMe({ ...dan, name: 'Daniel' }, {}))).toEqual([['dan']])
    expect(await toldOf(edge.openSession({ ...dan, name: 'Daniel' }, {}))).toEqual([])
    expect(
      await toldOf(edge.openSession({ ...dan, name: 'Daniel', avatarUrl: 'https://example.com/2.png' }, {})),
    ).toEqual([['dan']])
    // who was only mentioned has no name until a context's members have
    await host.upsertUsers(backend, { users: [{ userId: 'joe' }] })
    const context = (name: string) => ({
      type: 'booking',
      id: '1',
      members: [
        { userId: 'joe', role: 'x', name },
        { userId: 'eve', role: 'x', name },
      ],
    })
    expect(await toldOf(host.upsertContexts(backend, { contexts: [context('Joe')] }))).toEqual([['joe']])
    expect(await toldOf(host.upsertContexts(backend, { contexts: [context('Other')] }))).toEqual([])
  })

  test('reads how much a user has not read', async () => {
    const { people, chat, host } = current()
    const { ana, ben } = people('ana', 'ben')
    await chat.sendMessage(ana, { to: 'ben', content: 'one' })
    await chat.sendMessage(ana, { to: 'ben', content: 'two' })
    expect(await host.getUserUnread(backendOf(ana), { userId: ben.userId })).toEqual({ unreadCount: 2 })
    expect(await codeOf(host.getUserUnread(ana, { userId: 'ben' }))).toBe('forbidden')
    expect(await codeOf(host.getUserUnread(backendOf(ana), { userId: 'nobody' }))).toBe('not_found')
  })

  test('whoever is disabled does nothing more, until they are enabled', async () => {
    const { people, group, chat, host } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    const backend = backendOf(ana)
    await host.disableUser(backend, { userId: 'ben' })
    const attempts = () =>
      Promise.all([
        codeOf(chat.sendMessage(ben, { conversationId: id, content: 'x' })),
        codeOf(chat.listMessages(ben, { conversationId: id })),
        codeOf(chat.getMe(ben, {})),
        codeOf(chat.sync(ben, { cursors: [] })),
      ])
    expect(await attempts()).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden'])
    await host.enableUser(backend, { userId: 'ben' })
    expect(await attempts()).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(await codeOf(host.disableUser(backend, { userId: 'nobody' }))).toBe('not_found')
    expect(await codeOf(host.disableUser(ana, { userId: 'ben' }))).toBe('forbidden')
  })

  test('whoever is disabled sends nothing by any way, repeats nothing, and starts no conversation', async () => {
    const { people, group, chat, host, committed } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    await chat.sendMessage(ben, { conversationId: id, content: 'x', clientId: 'k' })
    await host.upsertContexts(backendOf(ana), {
      contexts: [{ type: 'booking', id: '7', members: [{ userId: 'ben', role: 'customer' }] }],
    })
    await host.disableUser(backendOf(ana), { userId: 'ben' })
    const before = committed.length
    const attempts = [
      { conversationId: id, content: 'x', clientId: 'k' },
      { conversationId: '01900000-0000-7000-8000-000000000000', content: 'x' },
      { to: 'ana', content: 'x' },
      { context: { type: 'booking', id: '7' }, content: 'x' },
      { conversationId: id, content: 'x', as: 'ana' },
      { conversationId: id, content: 'x', type: 'system' as const },
    ]
    for (const input of attempts)
      await expect(chat.sendMessage(ben, input)).rejects.toMatchObject({
        code: 'forbidden',
        message: 'This account is disabled',
      })
    expect(committed).toHaveLength(before)
  })
})
