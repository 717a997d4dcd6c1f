import { randomUUID } from 'node:crypto'
import type { Message } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'

describeUseCases('the card of a link', (current) => {
  const scene = (content: string, more: Partial<Message> = {}) => {
    const { people, authority, previewing } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const conversationId = authority.conversation(ana, ben)
    const message = {
      ...{
        id: randomUUID(),
        conversationId,
        senderId: 'ana',
        type: 'text',
        rev: 0,
        content,
        editedAt: null,
        attachments: [],
      },
      ...more,
    } as unknown as Message
    const cards = () => authority.previewed.filter(({ messageId }) => messageId === message.id)
    return { ana, ben, tenantId, message, cards, written: () => previewing.linkPreviews.written(tenantId, message) }
  }

  test('is made of the first link of a text, with its picture, which goes with the message', async () => {
    const { runJobs, read, hear, keysOf, authority } = current()
    const { ben, tenantId, message, cards, written } = scene('see https://shop.example/flat, or https://other.example')
    await written()
    expect(cards()).toEqual([])
    // told at the second attempt
    authority.isAway = true
    await runJobs()
    authority.isAway = false
    await current().later(60_000)
    await runJobs()
    expect(cards()).toMatchObject([
      {
        preview: {
          url: 'https://shop.example/flat',
          title: 'Page of https://shop.example/flat',
          image: { kind: 'image', mime: 'image/png', status: 'ready' },
        },
      },
    ])
    expect(await read(ben, cards()[0]?.preview.image?.id ?? '')).toBe('picture of https://shop.example/flat')
    await hear.deleted(tenantId, message.id, [])
    await current().later(3_600_000)
    await current().collectObjects()
    expect(await keysOf(tenantId)).toEqual([])
  })

  test('is not made where the rules want none, nor of what is no text, has no link, or was deleted meanwhile', async () => {
    const { authority, runJobs, hear } = current()
    const link = 'https://shop.example/'
    const deleted = scene(link)
    await deleted.written()
    await hear.deleted(deleted.tenantId, deleted.message.id, [])
    const others = [scene('no link'), scene(link, { type: 'booking_request' }), scene(link, { imported: true })]
    for (const { written } of others) await written()
    authority.linkPreviews = false
    const unwanted = scene(link)
    await unwanted.written()
    authority.linkPreviews = true
    await runJobs()
    for (const { cards } of [...others, unwanted, deleted]) expect(cards()).toEqual([])
  })

  test('goes with its picture when the words are changed, and another comes where they have another link', async () => {
    const { runJobs, collectObjects, keysOf, later, read, previewing, store } = current()
    const { ben, tenantId, message, cards, written } = scene('https://first.example')
    await written()
    await runJobs()
    const edit = (rev: number, content: string) =>
      previewing.linkPreviews.written(tenantId, { ...message, rev, content, editedAt: '2026-03-01T10:00:00.000Z' })
    const left = async () => {
      await later(3_600_000)
      await collectObjects()
      return (await keysOf(tenantId)).length
    }
    await edit(3, 'https://second.example')
    await runJobs()
    expect(cards().map(({ preview }) => preview.url)).toEqual(['https://first.example/', 'https://second.example/'])
    expect(await read(ben, cards()[1]?.preview.image?.id ?? '')).toBe('picture of https://second.example/')
    expect(await left()).toBe(1)
    // told late: it is of former words
    await edit(2, 'between')
    expect(await left()).toBe(1)
    await edit(4, 'no link')
    expect(await left()).toBe(0)
    expect(await store.snapshot(tenantId, ({ usage }) => usage.of(null))).toEqual({ bytes: 0, files: 0 })
  })

  test('keeps nothing of its picture where the message takes none any more', async () => {
    const { runJobs, collectObjects, keysOf, later, authority } = current()
    const { tenantId, message, cards, written } = scene('https://late.example')
    authority.unshown.add(message.id)
    await written()
    await runJobs()
    await later(3_600_000)
    await collectObjects()
    expect([cards(), await keysOf(tenantId)]).toEqual([[], []])
  })

  test('is not missed where there is no page', async () => {
    const { runJobs } = current()
    const { cards, written } = scene('https://nowhere.example/none')
    await written()
    expect(await runJobs()).toBe(1)
    expect(await runJobs()).toBe(0)
    expect(cards()).toEqual([])
  })
})
