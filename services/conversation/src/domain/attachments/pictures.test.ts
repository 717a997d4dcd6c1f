import { randomUUID } from 'node:crypto'
import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { backendOf, codeOf } from '../../../test/callers.ts'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('pictures of people and groups', (current) => {
  const idIn = (url: string) => url.slice(-36)
  const inUse = async (asking: Actor, ...urls: string[]) => {
    const { authority } = current()
    const { attachmentIds } = await authority.picturesInUse(backendOf(asking), { attachmentIds: urls.map(idIn) })
    return urls.map((url) => attachmentIds.includes(idIn(url)))
  }

  test('are in use while somebody or a group has them, however their address is written, and not after that', async () => {
    const { people, chat, host, group, storage } = current()
    const { ana, ben, joe } = people('ana', 'ben', 'joe')
    const { ana: foreign } = people('ana')
    const id = await group(ana, ben)
    const [mine, hosts, claimed, ours, nobodys] = Array.from({ length: 5 }, () => storage.uploadPicture()) as [
      ...[string, string, string, string, string],
    ]
    const all = [mine, hosts, claimed, ours, nobodys]
    expect(await inUse(ana, ...all)).toEqual(Array(5).fill(false))
    await chat.updateMe(ana, { avatarUrl: `${mine}/thumbnail` })
    await host.upsertUsers(backendOf(ana), {
      users: [{ userId: 'ben', avatarUrl: `https://chat.example${hosts}?size=2` }],
    })
    await chat.getMe({ ...joe, avatarUrl: `https://chat.example${claimed}/medium` }, {})
    await chat.updateConversation(ana, { conversationId: id, pictureUrl: ours })
    expect(await inUse(ana, ...all)).toEqual([true, true, true, true, false])
    expect(await inUse(foreign, ...all)).toEqual(Array(5).fill(false))
    await chat.updateMe(ana, { avatarUrl: nobodys })
    await chat.updateConversation(ana, { conversationId: id, pictureUrl: null })
    expect(await inUse(ana, ...all)).toEqual([false, true, true, false, true])
  })

  test('are kept for whoever decides on a report that shows them', async () => {
    const { people, chat, admin, group, storage } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    const [face, emblem] = [storage.uploadPicture(), storage.uploadPicture()]
    await chat.updateMe(ana, { avatarUrl: face })
    await chat.updateConversation(ana, { conversationId: id, pictureUrl: emblem })
    await chat.report(ben, { userId: 'ana', reason: 'other' })
    await chat.report(ben, { conversationId: id, reason: 'other' })
    await chat.updateMe(ana, { avatarUrl: null })
    await chat.updateConversation(ana, { conversationId: id, pictureUrl: null })
    expect(await inUse(ana, face, emblem)).toEqual([true, true])
    expect((await admin.listReports(backendOf(ana), {})).data).toHaveLength(2)
  })

  test('stay from before they are said to be somebody’s, and are refused where they are not there', async () => {
    const { people, chat, host, group, storage } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    const gone = `/v1/pictures/${randomUUID()}`
    const refusal = async (call: Promise<unknown>) => {
      const err = (await call.catch((refused) => refused)) as {
        code?: string
        errors?: { pointer: string; code: string }[]
      }
      return [err.code, err.errors?.[0]?.pointer, err.errors?.[0]?.code]
    }
    expect(await refusal(chat.updateMe(ana, { avatarUrl: gone }))).toEqual(['invalid_input', '/avatarUrl', 'not_found'])
    expect(await refusal(chat.updateConversation(ana, { conversationId: id, pictureUrl: gone }))).toEqual([
      ...['invalid_input', '/pictureUrl', 'not_found'],
    ])
    expect((await chat.getMe(ana, {})).avatarUrl).toBeNull()
    // of another server, perhaps
    expect(await codeOf(chat.updateMe(ana, { avatarUrl: `https://elsewhere.example${gone}` }))).toBe('ok')
    expect(await codeOf(host.upsertUsers(backendOf(ana), { users: [{ userId: 'ben', avatarUrl: gone }] }))).toBe('ok')
    storage.calls.length = 0
    await chat.updateMe(ana, { avatarUrl: 'https://elsewhere.example/face.png', receipts: true })
    await chat.updateMe(ana, { avatarUrl: null })
    expect(storage.calls).toEqual([])
    storage.isDown = true
    try {
      expect(await codeOf(chat.updateMe(ana, { avatarUrl: storage.uploadPicture() }))).toBe('unavailable')
      expect((await chat.getMe(ana, {})).avatarUrl).toBeNull()
    } finally {
      storage.isDown = false
    }
  })
})
