import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { envelopeOf } from '../changes/committed-change.ts'
import { Epochs } from '../epochs.ts'

describeUseCases('a database that was restored from a backup', (current) => {
  const restored = async () => {
    const [row] = await current().database.call<{ tenant_count: string }>('SELECT * FROM restored()', [])
    return Number(row!.tenant_count)
  }
  const epochNow = async () => (await current().store.restores()).at(-1)?.epoch
  const sync = async (actor: Actor, conversationId: string, cursor: string | null) => {
    const { conversations } = await current().chat.sync(actor, { cursors: [{ conversationId, cursor }] })
    return conversations
  }

  test('tells whoever holds something of before to drop it, once', async () => {
    const { people, group, send, chat } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    await send(id, ana, 'kept')
    const { cursor } = await chat.getConversation(ben, { conversationId: id })
    expect(await sync(ben, id, cursor)).toEqual([])

    expect(await restored()).toBeGreaterThan(0)
    const [changes] = await sync(ben, id, cursor)
    expect(changes).toMatchObject({ restored: true, reset: true, hasMore: false })
    expect(changes!.messages.map(({ content }) => content)).toContain('kept')
    expect(await sync(ben, id, changes!.conversation.cursor)).toEqual([])
    // whoever has nothing has nothing to drop
    expect((await sync(ben, id, null))[0]).not.toHaveProperty('restored')
  })

  test('from a backup that was taken after the restore before, when nothing was written yet, it is another restore', async () => {
    const { people, group, send, chat, store } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = await group(ana, ben)
    await send(id, ana, 'kept')
    await restored()
    const former = await epochNow()
    const { cursor } = await chat.getConversation(ben, { conversationId: id })
    // as if it had been lost and put back between the two
    await restored()
    expect(await epochNow()).toBeGreaterThan(former!)
    expect(await sync(ben, id, cursor)).toMatchObject([{ restored: true, reset: true }])
    // what happens since is of the newest of them, by its time as by its epoch
    const times = (await store.restores()).map(({ at }) => at)
    expect(new Set(times).size).toBe(times.length)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  test('has ids for its events that no lost event had, and leaves those of before as they were', async () => {
    const { people, group, send, store, committed } = current()
    const { ana } = people('ana')
    const id = await group(ana)
    await send(id, ana, 'before')
    const idsSince = async (from: number) => {
      await expect.poll(() => committed.length).toBeGreaterThan(from)
      const epochs = new Epochs()
      epochs.set(await store.restores())
      return committed.slice(from).flatMap(({ changes }) => changes.map((change) => envelopeOf(change, epochs).id))
    }
    await expect.poll(() => committed.length).toBeGreaterThan(0)
    const former = await epochNow()
    const before = committed.length - 1
    const { message } = await send(id, ana, 'the last')
    await restored()
    const epoch = await epochNow()
    const after = committed.length
    const { message: next } = await send(id, ana, 'the first')
    expect(await idsSince(after)).toEqual([`${id}:e${epoch}:${next.seq}`])
    expect(await idsSince(before)).toContain(former ? `${id}:e${former}:${message.seq}` : `${id}:${message.seq}`)
  })
})
