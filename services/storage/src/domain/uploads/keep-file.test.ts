import { expect, onTestFinished, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { RULES } from '../../../test/test-world.ts'

describeUseCases('an upload', (current) => {
  test('is read by its uploader while they are in the conversation, and by nobody else until it is sent', async () => {
    const { people, authority, upload, read, attachments } = current()
    const { ana, ben } = people('ana', 'ben')
    const id = authority.conversation(ana, ben)
    const attachment = await upload(ana, id, 'hello')
    expect(attachment).toMatchObject({ name: 'note.txt', size: 5, kind: 'file', status: 'ready', variants: [] })
    expect(await read(ana, attachment.id)).toBe('hello')
    expect(await attachments.getAttachment(ana, { attachmentId: attachment.id })).toEqual(attachment)
    await expect(read(ben, attachment.id)).rejects.toMatchObject({ code: 'not_found' })
    authority.members.get(id)!.delete(`${ana.tenantId}/ana`)
    await expect(read(ana, attachment.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('of another tenant, and one that does not exist, are refused in the same words; whoever is disabled is told so', async () => {
    const { people, authority, upload, read } = current()
    const { ana } = people('ana')
    const { ana: foreign, gone } = people('ana', 'gone')
    const attachment = await upload(ana, authority.conversation(ana), 'hello')
    const refusals = await Promise.all(
      [attachment.id, '01900000-0000-7000-8000-000000000000'].map((id) => read(foreign, id).catch((err) => err)),
    )
    expect(refusals.map(({ code, message }) => [code, message])).toEqual(
      [1, 2].map(() => ['not_found', 'There is no such attachment']),
    )
    authority.disabled.add('gone')
    await expect(read(gone, attachment.id)).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('with a key is there once, however often and at once it is repeated; another file is refused', async () => {
    const { people, authority, upload, store } = current()
    const { ana, tenantId } = people('ana')
    const id = authority.conversation(ana)
    const all = await Promise.all(Array.from({ length: 8 }, () => upload(ana, id, 'once', { key: 'k:0' })))
    expect(new Set(all.map((one) => one.id)).size).toBe(1)
    await expect(upload(ana, id, 'other', { key: 'k:0' })).rejects.toMatchObject({ code: 'key_reused' })
    const elsewhere = authority.conversation(ana)
    await expect(upload(ana, elsewhere, 'once', { key: 'k:0' })).rejects.toMatchObject({ code: 'key_reused' })
    expect(await store.snapshot(tenantId, ({ usage }) => usage.of('ana'))).toEqual({ bytes: 4, files: 1 })
    expect((await upload(ana, id, 'other', { key: 'k:1' })).id).not.toBe(all[0]!.id)
  })

  test('waits for others of its tenant, and for nobody else’s, before it holds anything in the database', async () => {
    const { people, store } = current()
    const [{ tenantId: one }, { tenantId: two }] = [people('ana'), people('ana')]
    const order: string[] = []
    const charge = (tenantId: string, name: string, until?: Promise<void>) =>
      store.charge(tenantId, async ({ usage }) => {
        order.push(`${name} begins`)
        await usage.of(null)
        await until
        order.push(`${name} ends`)
        if (name === 'second') throw new Error('refused')
      })
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const [first, second, third] = [charge(one, 'first', held), charge(one, 'second'), charge(one, 'third')]
    await expect.poll(() => order).toEqual(['first begins'])
    // PGlite has one connection, which the first has
    const other = current().database.kind === 'postgres' ? charge(two, 'other') : undefined
    await other
    go()
    expect((await Promise.allSettled([first, second, third])).map(({ status }) => status)).toEqual([
      ...['fulfilled', 'rejected', 'fulfilled'],
    ])
    const inTurn = ['second begins', 'second ends', 'third begins', 'third ends']
    expect(order).toEqual(['first begins', ...(other ? ['other begins', 'other ends'] : []), 'first ends', ...inTurn])
  })

  test('never brings an account above its quota, however many come at once', async () => {
    const { people, authority, upload, store, attachments, collectObjects, keysOf } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const id = authority.conversation(ana, ben)
    const rules = { ...RULES, userQuotaBytes: 30, tenantQuotaBytes: 50 }
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        upload(i % 2 ? ana : ben, id, `ten bytes${'abcdefghijkl'[i]}`, { rules }).catch((err) => err.code),
      ),
    )
    const refused = outcomes.filter((outcome) => outcome === 'quota_exceeded')
    expect(refused).toHaveLength(7)
    const bytes = (userId: string | null) =>
      store.snapshot(tenantId, async ({ usage }) => (await usage.of(userId)).bytes)
    expect(await bytes(null)).toBe(50)
    expect([await bytes('ana'), await bytes('ben')].sort()).toEqual([20, 30])
    // what came to be put for nothing goes with the next look
    await collectObjects()
    expect(await keysOf(tenantId)).toHaveLength(5)
    const kept = outcomes.findIndex((outcome) => typeof outcome !== 'string')
    await attachments.discardAttachment(kept % 2 ? ana : ben, { attachmentId: outcomes[kept].id })
    expect(await bytes(null)).toBe(40)
    expect(
      await upload(ana, id, '1234567890', { rules }).catch(() => upload(ben, id, '1234567890', { rules })),
    ).toBeTruthy()
  })

  test('for which there is no room is refused before it is read, and put nowhere; what is there is answered again', async () => {
    const { people, authority, upload, admitUpload, keysOf, asOwner } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const conversationId = authority.conversation(ana, ben)
    const rules = { ...RULES, userQuotaBytes: 8, tenantQuotaBytes: 12 }
    authority.rules = rules
    onTestFinished(() => {
      authority.rules = RULES
    })
    const place = { purpose: 'message', conversationId } as const
    const kept = await upload(ana, conversationId, '8 bytes.', { rules, key: 'k:0' })
    await expect(admitUpload(ana, place)).rejects.toMatchObject({ code: 'quota_exceeded' })
    expect(await admitUpload(ana, place, 'k:0')).toEqual(rules)
    expect(await upload(ana, conversationId, '8 bytes.', { rules, key: 'k:0' })).toEqual(kept)
    expect(await admitUpload(ben, place)).toEqual(rules)
    await expect(upload(ben, conversationId, '5more', { rules })).rejects.toMatchObject({ code: 'quota_exceeded' })
    expect(await keysOf(tenantId)).toHaveLength(1)
    expect(await asOwner('SELECT size::int FROM blobs WHERE tenant_id = $1', [tenantId])).toEqual([{ size: 8 }])
    await upload(ben, conversationId, '4 is', { rules })
    await expect(admitUpload(ben, place)).rejects.toMatchObject({ code: 'quota_exceeded' })
  })

  test('is bounded by the narrowest rule for what it turned out to be', async () => {
    const { people, authority, upload } = current()
    const { ana } = people('ana')
    const id = authority.conversation(ana)
    const rules = { ...RULES, maxBytes: 5, maxBytesByType: { 'audio/*': 10, 'audio/mpeg': 20 } }
    const tryOut = (mime: string, bytes: number) =>
      upload(ana, id, 'x'.repeat(bytes), { rules, mime } as never).then(
        () => 'kept',
        (err) => err.code,
      )
    expect([
      await tryOut('text/plain', 5),
      await tryOut('text/plain', 6),
      await tryOut('audio/ogg', 10),
      await tryOut('audio/ogg', 11),
      await tryOut('audio/mpeg', 20),
      await tryOut('audio/mpeg', 21),
    ]).toEqual(['kept', 'payload_too_large', 'kept', 'payload_too_large', 'kept', 'payload_too_large'])
  })

  test('of a picture is seen by whoever has its id; of a message it is not', async () => {
    const { people, authority, upload, openPicture } = current()
    const { ana } = people('ana')
    const id = authority.conversation(ana)
    const picture = await upload(ana, id, 'a face', { purpose: 'group_picture', mime: 'image/png' } as never)
    expect(await openPicture({ attachmentId: picture.id })).toMatchObject({ size: 6 })
    const sent = await upload(ana, id, 'not a face')
    await expect(openPicture({ attachmentId: sent.id })).rejects.toMatchObject({ code: 'not_found' })
  })
})
