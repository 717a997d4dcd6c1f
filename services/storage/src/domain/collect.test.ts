import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'
import { wait } from '../../test/fake-authority.ts'
import { keyOf } from '../../test/test-world.ts'
import { createStorage } from './storage.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

describeUseCases('the collector', (current) => {
  test('takes what nobody sent within a day, and asks what became of claims before it gives them back', async () => {
    const { people, authority, upload, claims, later, collectAttachments, collectObjects, keysOf, read } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const id = authority.conversation(ana, ben)
    const make = async (content: string) => {
      const { id: attachmentId } = await upload(ana, id, content)
      const key = keyOf(id, ana)
      return { attachmentId, key, claim: () => claims.claimAttachments(ana, { key, attachmentIds: [attachmentId] }) }
    }
    const [unsent, lost, written, scheduled] = [
      await make('unsent'),
      await make('lost'),
      await make('written'),
      await make('scheduled'),
    ]
    for (const one of [lost, written, scheduled]) await one.claim()
    authority.send(written.key)
    wait(authority, scheduled.key)
    await later(11 * MINUTE)
    await collectAttachments()
    expect(await read(ben, written.attachmentId)).toBe('written')
    // what was lost can be sent again
    await claims.claimAttachments(ana, { key: keyOf(id, ana), attachmentIds: [lost.attachmentId] })
    for (let i = 0; i < 2; i++) {
      await later(DAY)
      await collectAttachments()
      await collectObjects()
    }
    await later(DAY)
    await collectAttachments()
    await collectObjects()
    for (const { attachmentId } of [unsent, lost])
      await expect(read(ana, attachmentId)).rejects.toMatchObject({ code: 'not_found' })
    expect(await read(ana, scheduled.attachmentId)).toBe('scheduled')
    expect(await read(ben, written.attachmentId)).toBe('written')
    expect(await keysOf(tenantId)).toHaveLength(2)
  })

  test('takes nothing while nobody can be asked', async () => {
    const { people, authority, upload, claims, later, collectAttachments, read } = current()
    const { ana } = people('ana')
    const id = authority.conversation(ana)
    const { id: attachmentId } = await upload(ana, id, 'kept')
    await claims.claimAttachments(ana, { key: keyOf(id, ana), attachmentIds: [attachmentId] })
    await later(3 * DAY)
    authority.isAway = true
    await expect(collectAttachments()).rejects.toThrow('away')
    authority.isAway = false
    expect(await read(ana, attachmentId)).toBe('kept')
  })

  test('never takes bytes that are being uploaded again, however the two meet, and leaves none that nobody has', async () => {
    const { database, people, authority, upload, attachments, later, collectObjects, keysOf, read } = current()
    const { ana, tenantId } = people('ana')
    const id = authority.conversation(ana)
    // one connection lets hardly anything meet
    for (let i = 0; i < (database.kind === 'postgres' ? 50 : 5); i++) {
      const first = await upload(ana, id, 'the same bytes')
      await attachments.discardAttachment(ana, { attachmentId: first.id })
      await later(DAY)
      const [again] = await Promise.all([upload(ana, id, 'the same bytes'), collectObjects(), collectObjects()])
      expect(await read(ana, again.id)).toBe('the same bytes')
      await attachments.discardAttachment(ana, { attachmentId: again.id })
    }
    await later(DAY)
    await collectObjects()
    await later(DAY)
    await collectObjects()
    expect(await keysOf(tenantId)).toEqual([])
  })

  test('removes the others where one cannot be removed, and that one when it can', async () => {
    const { deps, people, authority, upload, attachments, later, collectObjects, keysOf } = current()
    const { ana, tenantId } = people('ana')
    const id = authority.conversation(ana)
    for (const content of ['one', 'two', 'three', 'four']) {
      const { id: attachmentId } = await upload(ana, id, content)
      await attachments.discardAttachment(ana, { attachmentId })
    }
    await later(DAY)
    let stuck: string | undefined
    const objects = {
      ...deps.objects,
      remove(key: string) {
        stuck ??= key
        return key === stuck ? Promise.reject(new Error('on purpose')) : deps.objects.remove(key)
      },
    }
    await expect(createStorage({ ...deps, objects }).collectObjects()).rejects.toThrow('1 objects')
    expect(await keysOf(tenantId)).toEqual([stuck])
    await later(MINUTE)
    expect([await collectObjects(), await keysOf(tenantId)]).toEqual([1, []])
  })

  test('removes what its account does not know of, and nothing that is not of its making', async () => {
    const { people, authority, upload, objects, collectOrphans, keysOf } = current()
    const { ana, tenantId } = people('ana')
    await upload(ana, authority.conversation(ana), 'known')
    const [known] = await keysOf(tenantId)
    const path = join(tmpdir(), `orphan-${randomUUID()}`)
    await writeFile(path, 'orphan')
    const others = `${tenantId}/somebody-elses`
    for (const key of [known!.replace(/.{8}$/, '01234567'), others])
      await objects.put(key, path, { mime: 'text/plain', size: 6 })
    await rm(path)
    expect(await collectOrphans(-MINUTE)).toBe(1)
    expect((await keysOf(tenantId)).sort()).toEqual([known, others].sort())
  })
})
