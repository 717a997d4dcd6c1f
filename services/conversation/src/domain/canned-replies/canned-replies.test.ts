import { expect, test } from 'vitest'
import { backendOf } from '../../../test/callers.ts'
import { contextScene } from '../../../test/context-scene.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('canned replies', (current) => {
  const scene = async () => {
    const { people, chat, admin } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const backend = backendOf(ana)
    await current().withoutNotices(ana)
    const shortcuts = async (actor: typeof ana, more: object = {}) =>
      (await chat.listCannedReplies(actor, more)).data.map(({ shortcut, scope }) => `${shortcut} ${scope}`)
    return { ana, ben, joe, chat, admin, backend, shortcuts }
  }

  test('one has their own and those of the tenant for their role, by shortcut; nobody sees those of others', async () => {
    const { ana, ben, chat, admin, backend, shortcuts } = await scene()
    const provider = { ...ben, hostRole: 'provider' }
    await chat.putCannedReply(ana, { shortcut: 'Thanks', text: 'Thank you' })
    await chat.putCannedReply(ben, { shortcut: 'secret', text: 'of ben' })
    await admin.putTenantCannedReply(backend, { shortcut: 'thanks', text: 'Thanks from all of us' })
    await admin.putTenantCannedReply(backend, { shortcut: 'arrive', text: 'I am on my way', roles: ['provider'] })
    expect(await shortcuts(ana)).toEqual(['thanks own', 'thanks tenant'])
    expect(await shortcuts(provider)).toEqual(['arrive tenant', 'secret own', 'thanks tenant'])
    expect(await shortcuts({ ...ana, role: 'admin' })).toEqual(['arrive tenant', 'thanks own', 'thanks tenant'])
    // the same shortcut is the same reply, however it is written; letting go of it twice changes nothing
    await chat.putCannedReply(ana, { shortcut: 'THANKS', text: 'Many thanks' })
    expect((await chat.listCannedReplies(ana, {})).data[0]).toMatchObject({ text: 'Many thanks', filled: null })
    for (const _ of [1, 2]) await chat.deleteCannedReply(ana, { shortcut: 'thanks' })
    await chat.deleteCannedReply(ana, { shortcut: 'arrive' })
    expect(await shortcuts(ana)).toEqual(['thanks tenant'])
    expect(await shortcuts(provider)).toHaveLength(3)
  })

  test('they are found by how the shortcut begins and by what the text has in it, in pages', async () => {
    const { ana, chat, shortcuts } = await scene()
    for (const [shortcut, text] of [
      ['a-1', 'Größe XL'],
      ['b.2', 'something else, 100%'],
      ['ärger', 'a b'],
      ['größe', 'x'],
    ] as const)
      await chat.putCannedReply(ana, { shortcut, text })
    expect(await shortcuts(ana, { q: 'GRÖSSE' })).toEqual([])
    expect(await shortcuts(ana, { q: 'GröSSE'.replace('SS', 'ß') })).toEqual(['a-1 own', 'größe own'])
    expect(await shortcuts(ana, { q: '%' })).toEqual(['b.2 own'])
    expect(await shortcuts(ana, { q: 'B' })).toEqual(['b.2 own', 'ärger own'])
    const seen: string[] = []
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await chat.listCannedReplies(ana, { limit: 1, ...(cursor && { cursor }) })
      seen.push(...page.data.map(({ shortcut }) => shortcut))
      more = page.hasMore
      cursor = page.nextCursor ?? undefined
    }
    expect(seen).toEqual(['a-1', 'b.2', 'größe', 'ärger'])
  })

  test('in a conversation they say who and what it is about; what is not known has other words, or is named', async () => {
    const { put, say, ana, ben, chat } = await contextScene(current())
    await put({ version: 1, title: 'The {{name}} garden', status: 'confirmed' })
    const { conversationId } = (await say(ana, 'hello')).message
    await current().host.upsertUsers(backendOf(ana), {
      users: [
        { userId: 'ana', name: 'Ana  María Ruiz' },
        { userId: 'ben', name: null },
      ],
    })
    const text =
      'Hi {{ firstName|there }}, {{me.firstName}} ({{me.name}}) about {{context.title}}, {{context.status}}; {{conversation.title}}{{name}}!'
    await chat.putCannedReply(ana, { shortcut: 'about', text })
    const filledFor = async (actor: typeof ana, id = conversationId) =>
      (await chat.listCannedReplies(actor, { conversationId: id })).data.map(({ filled, missing }) => [filled, missing])
    expect(await filledFor(ana)).toEqual([
      ['Hi there, Ana (Ana María Ruiz) about The {{name}} garden, confirmed; !', ['conversation.title', 'name']],
    ])
    await chat.putCannedReply(ben, { shortcut: 'about', text: '{{firstName}}, {{name|you}}' })
    expect(await filledFor(ben)).toEqual([['Ana, Ana María Ruiz', []]])
    const { joe } = await scene()
    await expect(chat.listCannedReplies({ ...joe, tenantId: ana.tenantId }, { conversationId })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('a page of long ones ends early, and the next one goes on', async () => {
    const { put, say, ana, chat } = await contextScene(current())
    await put({ version: 1, title: '🌍'.repeat(200) })
    const { conversationId } = (await say(ana, 'hello')).message
    for (const shortcut of ['a', 'b', 'c', 'd'])
      await chat.putCannedReply(ana, { shortcut, text: '{{context.title}}'.repeat(117) })
    const first = await chat.listCannedReplies(ana, { conversationId })
    expect(first).toMatchObject({ hasMore: true, data: [{ shortcut: 'a' }, { shortcut: 'b' }] })
    const second = await chat.listCannedReplies(ana, { conversationId, cursor: first.nextCursor! })
    expect(second).toMatchObject({ hasMore: false, nextCursor: null, data: [{ shortcut: 'c' }, { shortcut: 'd' }] })
    expect(Buffer.byteLength(second.data[0]!.filled!)).toBe(117 * 800)
  })

  test('what asks for what there is not, is nothing to see, or is one too many is refused', async () => {
    const { ana, chat, admin, backend } = await scene()
    const put = (text: string) => chat.putCannedReply(ana, { shortcut: 's', text })
    await expect(put('Hi {{nme}}')).rejects.toMatchObject({ errors: [{ pointer: '/text', code: 'variable' }] })
    await expect(put('{{}}')).rejects.toMatchObject({ errors: [{ pointer: '/text', code: 'variable' }] })
    await expect(put(' \n')).rejects.toMatchObject({ errors: [{ pointer: '/text', code: 'blank' }] })
    // braces that would reach whoever gets the message
    for (const left of ['{{ {name} }}', 'Hi {{name', 'Hi {{name|{there}}}, {{{{name}}'])
      await expect(put(left)).rejects.toMatchObject({ errors: [{ pointer: '/text', code: 'braces' }] })
    await put('{"a": {"b": "{{name}}"}}, {{{name}}}')
    // what is composed otherwise is counted as it is kept
    await expect(put('\u0958'.repeat(1_001))).rejects.toMatchObject({
      errors: [{ pointer: '/text', code: 'maxLength' }],
    })
    await expect(admin.putTenantCannedReply(ana, { shortcut: 's', text: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await current().database.transaction({ tenantId: ana.tenantId }, (tx) =>
      tx.execute(
        `INSERT INTO canned_replies (tenant_id, owner_id, shortcut, text)
         SELECT '${ana.tenantId}', 'ana', 'n' || n, 'x' FROM generate_series(1, 199) n`,
      ),
    )
    await expect(chat.putCannedReply(ana, { shortcut: 'more', text: 'x' })).rejects.toMatchObject({
      errors: [{ pointer: '/shortcut', code: 'maxItems' }],
    })
    await put('one of those that are there')
    // what admins keep for all is in the log
    await admin.putTenantCannedReply(backend, { shortcut: 'all', text: 'x' })
    for (const _ of [1, 2]) await admin.deleteTenantCannedReply(backend, { shortcut: 'all' })
    const { data } = await admin.listAudit(backend, { limit: 2 })
    expect(data.map(({ action, target }) => [action, target])).toEqual([
      ['canned_reply.deleted', 'all'],
      ['canned_reply.put', 'all'],
    ])
  })
})
