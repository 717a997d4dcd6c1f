import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { wait } from '../../../test/fake-authority.ts'
import { keyOf } from '../../../test/test-world.ts'
import { createStorage } from '../storage.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

describeUseCases('a claim', (current) => {
  const scene = async (...contents: string[]) => {
    const { people, authority, upload } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const conversationId = authority.conversation(ana, ben)
    const attachmentIds: string[] = []
    for (const content of contents) attachmentIds.push((await upload(ana, conversationId, content)).id)
    return { ana, ben, tenantId, conversationId, attachmentIds, key: keyOf(conversationId, ana) }
  }

  test('keeps files for one message, in its order; the same message finds them again, another is refused', async () => {
    const { claims } = current()
    const { ana, key, attachmentIds, conversationId } = await scene('one', 'two')
    const reversed = [...attachmentIds].reverse()
    const claim = (given = key, ids = reversed) => claims.claimAttachments(ana, { key: given, attachmentIds: ids })
    const all = await Promise.all([claim(), claim(), claim()])
    for (const { attachments } of all) expect(attachments.map(({ id }) => id)).toEqual(reversed)
    await expect(claim(keyOf(conversationId, ana))).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [
        { pointer: '/attachments/0', code: 'already_sent' },
        { pointer: '/attachments/1', code: 'already_sent' },
      ],
    })
  })

  test("refuses at its place what is not there, somebody else's, another conversation's or named twice", async () => {
    const { claims, upload, authority } = current()
    const { ana, ben, key, attachmentIds, conversationId } = await scene('one')
    const [mine] = attachmentIds as [string]
    const bens = await upload(ben, conversationId, 'of ben')
    const elsewhere = await upload(ana, authority.conversation(ana), 'elsewhere')
    const face = await upload(ana, conversationId, 'face', { purpose: 'group_picture' })
    await expect(
      claims.claimAttachments(ana, {
        key,
        attachmentIds: [mine, bens.id, elsewhere.id, randomUUID(), mine, face.id],
      }),
    ).rejects.toMatchObject({
      errors: [1, 2, 3, 4, 5].map((i) => ({
        pointer: `/attachments/${i}`,
        code: i === 4 ? 'duplicate' : 'not_found',
      })),
    })
    // nothing was claimed by it
    const { attachments } = await claims.claimAttachments(ana, {
      key: keyOf(conversationId, ana),
      attachmentIds: [mine],
    })
    expect(attachments).toHaveLength(1)
  })

  test('of a refused message is given back; of one that was lost it is taken over, once that was asked', async () => {
    const { claims, later, authority } = current()
    const { ana, key, attachmentIds, conversationId } = await scene('one')
    const claim = (given: typeof key) => claims.claimAttachments(ana, { key: given, attachmentIds })
    await claim(key)
    await claims.releaseAttachments(ana, { key })
    const lost = keyOf(conversationId, ana)
    await claim(lost)
    // it may be under way
    await expect(claim(keyOf(conversationId, ana))).rejects.toMatchObject({ code: 'invalid_input' })
    await later(MINUTE)
    const written = keyOf(conversationId, ana)
    await claim(written)
    authority.send(written)
    await later(MINUTE)
    await expect(claim(keyOf(conversationId, ana))).rejects.toMatchObject({ code: 'invalid_input' })
    const waiting = await scene('two')
    await claims.claimAttachments(waiting.ana, waiting)
    wait(authority, waiting.key)
    await later(MINUTE)
    await expect(
      claims.claimAttachments(waiting.ana, { ...waiting, key: keyOf(waiting.conversationId, waiting.ana) }),
    ).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('that was given up is taken over by one message, however many want it, and by none once it is renewed', async () => {
    const { claims, later } = current()
    const { ana, key, attachmentIds, conversationId } = await scene('wanted')
    const claim = (given: typeof key) => claims.claimAttachments(ana, { key: given, attachmentIds })
    await claim(key)
    await later(MINUTE)
    await claim(key)
    await expect(claim(keyOf(conversationId, ana))).rejects.toMatchObject({ code: 'invalid_input' })
    await later(MINUTE)
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => claim(keyOf(conversationId, ana))))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('that was given up is discarded with its file, unless it is renewed or taken over while that is asked', async () => {
    const { claims, later, authority, attachments, read } = current()
    /** Discards the file; `meanwhile` happens while it is asked what became of the message. */
    const discard = async (
      { ana, attachmentIds }: Awaited<ReturnType<typeof scene>>,
      meanwhile?: () => Promise<unknown>,
    ) => {
      authority.meanwhile = meanwhile
      const [attachmentId] = attachmentIds as [string]
      return attachments.discardAttachment(ana, { attachmentId }).then(
        () => 'gone',
        (err) => err.code,
      )
    }
    const givenUp = async (content: string) => {
      const made = await scene(content)
      await claims.claimAttachments(made.ana, made)
      await later(MINUTE)
      return made
    }
    expect(await discard(await givenUp('discarded'))).toBe('gone')
    const renewed = await givenUp('renewed')
    expect(await discard(renewed, () => claims.claimAttachments(renewed.ana, renewed))).toBe('not_found')
    expect(await read(renewed.ana, renewed.attachmentIds[0]!)).toBe('renewed')
    // another message, which its sender named alike
    const taken = await givenUp('taken')
    const key = { ...taken.key, senderId: 'ben' }
    expect(await discard(taken, () => claims.claimAttachments(taken.ana, { ...taken, key }))).toBe('not_found')
    expect(await read(taken.ana, taken.attachmentIds[0]!)).toBe('taken')
  })

  test('is confirmed by its message, which others read then: told, or asked where nobody has told it yet', async () => {
    const { claims, hear, read, authority } = current()
    const { ana, ben, tenantId, key, attachmentIds } = await scene('told')
    const [told] = attachmentIds as [string]
    await claims.claimAttachments(ana, { key, attachmentIds })
    await expect(read(ben, told)).rejects.toMatchObject({ code: 'not_found' })
    await hear.written(tenantId, authority.send(key), [{ id: told, status: 'ready' }])
    expect(await read(ben, told)).toBe('told')
    const other = await scene('asked')
    await claims.claimAttachments(other.ana, other)
    authority.send(other.key)
    expect(await read(other.ben, other.attachmentIds[0]!)).toBe('asked')
    const asked = authority.asked
    expect(await read(other.ben, other.attachmentIds[0]!)).toBe('asked')
    expect(authority.asked).toBe(asked)
  })

  test('is let go with its message, in whichever order the two events come, and as often as they do', async () => {
    const { claims, hear, read, authority, collectObjects, keysOf, later, store } = current()
    for (const order of ['written deleted', 'deleted written', 'deleted deleted written written']) {
      const { ana, ben, tenantId, key, attachmentIds } = await scene(`bytes of ${order}`)
      const [id] = attachmentIds as [string]
      await claims.claimAttachments(ana, { key, attachmentIds })
      const messageId = authority.send(key)
      for (const event of order.split(' '))
        if (event === 'written') await hear.written(tenantId, messageId, [{ id, status: 'ready' }])
        // the event names what the message had
        else await hear.deleted(tenantId, messageId, order.startsWith('written') ? [] : [id])
      for (const one of [ana, ben]) await expect(read(one, id)).rejects.toMatchObject({ code: 'not_found' })
      await later(DAY)
      await collectObjects()
      expect([order, await keysOf(tenantId)]).toEqual([order, []])
      expect(await store.snapshot(tenantId, ({ usage }) => usage.of(null))).toEqual({ bytes: 0, files: 0 })
    }
  })

  test('is looked for when messages are deleted in one question, and nothing is written of those that had nothing', async () => {
    const { deps, claims, authority, read, later } = current()
    const { ana, tenantId, key, attachmentIds } = await scene('one')
    await claims.claimAttachments(ana, { key, attachmentIds })
    const withFile = authority.send(key)
    await current().hear.written(tenantId, withFile, [{ id: attachmentIds[0]!, status: 'ready' }])
    const asked: number[] = []
    let transactions = 0
    const { hear } = createStorage({
      ...deps,
      store: {
        ...deps.store,
        transaction: (...given) => {
          transactions++
          return deps.store.transaction(...given)
        },
        concernedMessages: (messages) => {
          asked.push(messages.length)
          return deps.store.concernedMessages(messages)
        },
      },
    })
    const plain = Array.from({ length: 20 }, () => randomUUID())
    await Promise.all([...plain, withFile].map((id) => hear.deleted(tenantId, id, [])))
    expect([asked, transactions]).toEqual([[21], 1])
    await later(DAY)
    await expect(read(ana, attachmentIds[0]!)).rejects.toMatchObject({ code: 'not_found' })
    // another tenant's message is none of this one's
    const other = await scene('two')
    await claims.claimAttachments(other.ana, other)
    const theirs = authority.send(other.key)
    await hear.written(other.tenantId, theirs, [{ id: other.attachmentIds[0]!, status: 'ready' }])
    await hear.deleted(tenantId, theirs, [])
    expect(await read(other.ana, other.attachmentIds[0]!)).toBe('two')
  })

  test('of copies holds on while their message is tried again, and makes those anew that are gone', async () => {
    const { claims, hear, read, authority, later, collectAttachments, asOwner } = current()
    const { ana, ben, tenantId, key, attachmentIds } = await scene('one', 'two')
    await claims.claimAttachments(ana, { key, attachmentIds })
    await hear.written(
      tenantId,
      authority.send(key),
      attachmentIds.map((id) => ({ id, status: 'ready' })),
    )
    const copyKey = keyOf(authority.conversation(ben), ben)
    const copying = async () => (await claims.copyAttachments(ben, { key: copyKey, attachmentIds })).attachments
    const first = await copying()
    await later(9 * MINUTE)
    expect(await copying()).toEqual(first)
    await later(2 * MINUTE)
    await collectAttachments()
    expect(await copying()).toEqual(first)
    await asOwner('DELETE FROM attachments WHERE id = $1', [first[0]!.id])
    const second = await copying()
    expect(second.map(({ id }) => id === first[1]!.id)).toEqual([false, true])
    await hear.written(tenantId, authority.send(copyKey), second)
    expect(await Promise.all(second.map(({ id }) => read(ben, id)))).toEqual(['one', 'two'])
    expect(await copying()).toEqual(second)
  })

  test('copies what a message has for another; bytes that both have go with the last of them', async () => {
    const { claims, hear, read, authority, later, collectObjects, keysOf, store } = current()
    const { ana, ben, tenantId, key, attachmentIds } = await scene('shared')
    await claims.claimAttachments(ana, { key, attachmentIds })
    const original = authority.send(key)
    await hear.written(tenantId, original, [{ id: attachmentIds[0]!, status: 'ready' }])
    const elsewhere = authority.conversation(ben)
    const copyKey = keyOf(elsewhere, ben)
    const copying = () => claims.copyAttachments(ben, { key: copyKey, attachmentIds })
    const all = await Promise.all([copying(), copying()])
    const [copy] = (await copying()).attachments
    for (const { attachments } of all) expect(attachments).toEqual([copy])
    await hear.written(tenantId, authority.send(copyKey), [{ id: copy!.id, status: 'ready' }])
    expect(await store.snapshot(tenantId, ({ usage }) => usage.of('ben'))).toEqual({ bytes: 0, files: 0 })

    await hear.deleted(tenantId, original, attachmentIds)
    await later(DAY)
    await collectObjects()
    expect(await read(ben, copy!.id)).toBe('shared')
    await claims.releaseAttachments(ben, { key: copyKey })
    expect(await read(ben, copy!.id)).toBe('shared')
    const refused = keyOf(elsewhere, ben)
    await claims.copyAttachments(ben, { key: refused, attachmentIds: [copy!.id] })
    await claims.releaseAttachments(ben, { key: refused })
    await hear.deleted(tenantId, authority.sent.get(JSON.stringify(Object.values(copyKey)))!, [copy!.id])
    await later(DAY)
    await collectObjects()
    expect(await keysOf(tenantId)).toEqual([])
  })
})
