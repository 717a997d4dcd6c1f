import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { keyOf } from '../../test/test-world.ts'

const DAY = 24 * 3_600_000

describeUseCases('erasing what somebody uploaded', (current) => {
  test('takes every file of theirs and its bytes, and says what others have of them', async () => {
    const { people, authority, upload, claims, hear, attachments, read, later, collectObjects, keysOf, store } =
      current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const id = authority.conversation(ana, ben)
    const sent = await upload(ana, id, 'passed on')
    const key = keyOf(id, ana)
    await claims.claimAttachments(ana, { key, attachmentIds: [sent.id] })
    await hear.written(tenantId, authority.send(key), [sent])
    const copyKey = keyOf(id, ben)
    const [copy] = (await claims.copyAttachments(ben, { key: copyKey, attachmentIds: [sent.id] })).attachments
    await hear.written(tenantId, authority.send(copyKey), [copy!])
    for (let i = 0; i < 101; i++) await upload(ana, id, `unsent ${i}`)
    const bens = await upload(ben, id, "ben's own")

    await expect(attachments.eraseUploads(ben, { userId: 'ana' })).rejects.toMatchObject({ code: 'forbidden' })
    const admin = { ...ben, userId: 'host', role: 'service' as const }
    expect(await attachments.eraseUploads(admin, { userId: 'ana' })).toEqual({ erased: 102, remaining: 1 })
    expect(await attachments.eraseUploads(admin, { userId: 'ana' })).toEqual({ erased: 0, remaining: 0 })
    await expect(read(ana, sent.id)).rejects.toMatchObject({ code: 'not_found' })
    await later(DAY)
    await collectObjects()
    expect(await keysOf(tenantId)).toHaveLength(2)
    expect([await read(ben, copy!.id), await read(ben, bens.id)]).toEqual(['passed on', "ben's own"])
    expect(await store.snapshot(tenantId, ({ usage }) => usage.of('ana'))).toEqual({ bytes: 0, files: 0 })
  })
})
