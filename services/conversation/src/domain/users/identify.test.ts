import { randomUUID } from 'node:crypto'
import type { Actor, Control, UpsertUser } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { createUseCases } from '../use-cases.ts'

describeUseCases('who a user is', (current) => {
  const nowS = () => Date.now() / 1000
  const avatar = (name: string) => `https://pictures.example/${name}.png`

  /** Ana, by tokens of an hour ago, of none knows when, and of an hour from now; and the host's word of her. */
  const scene = () => {
    const { people, host } = current()
    const { ana } = people('ana')
    const claims = { ...ana, name: 'Ana', avatarUrl: avatar('token'), hostRole: 'customer' }
    return {
      ana,
      old: { ...claims, issuedAt: nowS() - 3600 },
      undated: claims,
      later: { ...claims, issuedAt: nowS() + 3600 },
      say: (said: Omit<UpsertUser, 'userId'>) =>
        host.upsertUsers(backendOf(ana), { users: [{ userId: 'ana', ...said }] }),
    }
  }
  /** By request, by connection, by the hook of requests and the connection after it, and as stored. */
  const everywhere = async (actor: Actor) => {
    const { chat, edge, host, remember } = current()
    const before = (await edge.openSession(actor, {})).me
    const asked = await chat.getMe(actor, {})
    await remember(actor)
    const after = (await edge.openSession(actor, {})).me
    const { name, avatarUrl, role } = await host.getUser(
      { ...backendOf(actor), hostRole: null },
      { userId: actor.userId },
    )
    const word = (me: typeof asked) => [me.name, me.avatarUrl, me.hostRole]
    const [first, ...others] = [word(before), word(asked), word(after), [name, avatarUrl, role]]
    for (const other of others) expect(other).toEqual(first)
    return first
  }

  test("the host's word holds against tokens that were issued before it, and not against later ones", async () => {
    const { old, undated, later, say } = scene()
    expect(await everywhere(old)).toEqual(['Ana', avatar('token'), 'customer'])
    await say({ name: 'Ana Ferreira', avatarUrl: avatar('host'), role: 'provider' })
    const said = ['Ana Ferreira', avatar('host'), 'provider']
    expect(await everywhere(old)).toEqual(said)
    expect(await everywhere(undated)).toEqual(said)
    expect(await everywhere(later)).toEqual(['Ana', avatar('token'), 'customer'])
    await say({ name: null, avatarUrl: null, role: null })
    expect(await everywhere(old)).toEqual([null, null, null])
  })

  test('of what the host did not say the token speaks on, and what a token leaves out stays', async () => {
    const { old, later, say } = scene()
    await say({ role: 'provider', locale: 'pt-BR' })
    expect(await everywhere(old)).toEqual(['Ana', avatar('token'), 'provider'])
    await say({ name: 'Ana Ferreira' })
    expect(await everywhere({ ...old, name: 'Anna', avatarUrl: avatar('new') })).toEqual([
      'Ana Ferreira',
      avatar('new'),
      'provider',
    ])
    expect(await everywhere({ ...later, name: null, avatarUrl: null, hostRole: null })).toEqual([
      'Ana Ferreira',
      avatar('new'),
      'provider',
    ])
  })

  test("what one may do follows the role that holds; who is an admin is the token's to say", async () => {
    const { chat, admin } = current()
    const { ana, old, later, say } = scene()
    await admin.setPolicy(backendOf(ana), {
      conversations: { group: ['provider'], direct: [{ from: 'provider', to: '*' }] },
    })
    const attempts = async (actor: Actor, to: string) => [
      await codeOf(chat.createConversation(actor, { kind: 'group', title: 'A group', participants: [{ userId: to }] })),
      await codeOf(chat.sendMessage(actor, { to, content: 'hello' })),
      await codeOf(chat.createConversation(actor, { kind: 'direct', participants: [{ userId: `${to}-too` }] })),
      (await chat.getPolicy(actor, {})).conversations.createGroups,
    ]
    const [may, mayNot] = [
      ['ok', 'ok', 'ok', true],
      ['forbidden', 'forbidden', 'forbidden', false],
    ]
    expect(await attempts(old, 'ben')).toEqual(mayNot)
    await say({ role: 'provider' })
    expect(await attempts(old, 'ben')).toEqual(may)
    expect(await attempts(later, 'cleo')).toEqual(mayNot)
    await say({ role: 'admin' })
    expect(await codeOf(admin.listReports(old, {}))).toBe('forbidden')
    expect((await chat.getMe(old, {})).role).toBe('user')
    const moderator: Actor = { ...old, role: 'admin', hostRole: 'admin' }
    await say({ role: 'customer' })
    expect(await codeOf(admin.listReports(moderator, {}))).toBe('ok')
    expect(await chat.getMe(moderator, {})).toMatchObject({ role: 'admin', hostRole: 'admin' })
  })

  test('a picture of their own stays whatever their token says, until the host says another', async () => {
    const { chat, store } = current()
    const { ana, later, say } = scene()
    const told: string[][] = []
    const tell = (control: Control) => {
      if (control.kind === 'profiles_changed') told.push(control.userIds)
    }
    const { chat: telling } = createUseCases({ store, newId: randomUUID, tell })
    await chat.getMe(later, {})
    const own = '/v1/pictures/0192f000-0000-7000-8000-000000000000'
    for (let times = 0; times < 2; times++)
      expect(await telling.updateMe(later, { avatarUrl: own })).toMatchObject({ name: 'Ana', avatarUrl: own })
    expect(told).toEqual([['ana']])
    expect((await everywhere(later))![1]).toBe(own)
    const { message } = await chat.sendMessage(ana, { to: 'ben', content: 'hello' })
    expect(message.sender.avatarUrl).toBe(own)
    expect((await telling.updateMe(later, { avatarUrl: null })).avatarUrl).toBeNull()
    expect((await everywhere(later))![1]).toBeNull()
    await say({ avatarUrl: avatar('host') })
    expect((await everywhere({ ...later, issuedAt: nowS() - 60 }))![1]).toBe(avatar('host'))
  })
})
