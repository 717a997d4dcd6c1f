import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../test/describe-use-cases.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describeUseCases('the collector of pictures', (current) => {
  const upload = async (
    who: Actor,
    content: string,
    purpose: 'profile_picture' | 'group_picture' = 'profile_picture',
  ) =>
    (
      await current().upload(who, null as never, content, {
        purpose,
        conversationId: purpose === 'profile_picture' ? null : current().authority.conversation(who),
        mime: 'image/png',
      } as never)
    ).id
  const isThere = (attachmentId: string) =>
    current()
      .openPicture({ attachmentId })
      .then(
        () => true,
        (err) => {
          expect(err).toMatchObject({ code: 'not_found' })
          return false
        },
      )
  /** What a minute's pass does. */
  const pass = async () => {
    const { collectPictures, collectAttachments, collectObjects } = current()
    const collected = await collectPictures()
    await collectAttachments()
    await collectObjects()
    return collected
  }

  test('takes what nobody has a day after it was uploaded or replaced, with its bytes; what somebody has it never takes', async () => {
    const { people, authority, later, keysOf, claims, store } = current()
    const { ana, tenantId } = people('ana')
    const never = await upload(ana, 'never set')
    const replaced = await upload(ana, 'replaced')
    const [face, emblem] = [await upload(ana, 'face'), await upload(ana, 'emblem', 'group_picture')]
    const use = async (id: string) => {
      expect(await claims.keepPictures(ana, { attachmentIds: [id] })).toEqual({ missing: [] })
      authority.pictures.add(id)
    }
    for (const id of [replaced, face, emblem]) await use(id)
    const there = () => Promise.all([never, replaced, face, emblem].map(isThere))
    await later(23 * HOUR)
    expect([await pass(), await there()]).toEqual([0, [true, true, true, true]])
    await later(2 * HOUR)
    expect([await pass(), await there()]).toEqual([1, [false, true, true, true]])
    authority.pictures.delete(replaced)
    expect([await pass(), await there()]).toEqual([0, [false, true, true, true]])
    for (let day = 0; day < 5; day++) {
      await later(DAY)
      await pass()
    }
    expect(await there()).toEqual([false, false, true, true])
    expect(await keysOf(tenantId)).toHaveLength(2)
    expect(await store.snapshot(tenantId, ({ usage }) => usage.of('ana'))).toMatchObject({ files: 2 })
  })

  test('leaves what becomes somebody’s while it asks, and everything while nobody can be asked', async () => {
    const { people, authority, later, claims } = current()
    const { ana } = people('ana')
    // what a try before this one left
    await later(2 * DAY)
    await pass()
    const [id, other] = [await upload(ana, 'just in time'), await upload(ana, 'too late')]
    await later(2 * DAY)
    authority.isAway = true
    await expect(pass()).rejects.toThrow('away')
    authority.isAway = false
    expect([await isThere(id), await isThere(other)]).toEqual([true, true])
    authority.onPicturesAsked = () => claims.keepPictures(ana, { attachmentIds: [id] })
    try {
      expect(await pass()).toBe(1)
    } finally {
      authority.onPicturesAsked = async () => {}
    }
    expect([await isThere(id), await isThere(other)]).toEqual([true, false])
    // from then on it is refused to whoever would have it
    expect(await claims.keepPictures(ana, { attachmentIds: [other, id] })).toEqual({ missing: [other] })
  })

  test('is not gone before by whoever uploaded what is somebody’s, or becomes it while that is asked', async () => {
    const { people, authority, claims, attachments, later } = current()
    const { ana } = people('ana')
    const [nobodys, evidence, becomes] = [
      await upload(ana, 'nobody’s'),
      await upload(ana, 'evidence'),
      await upload(ana, 'becomes', 'group_picture'),
    ]
    authority.pictures.add(evidence)
    const discard = (attachmentId: string) =>
      attachments.discardAttachment(ana, { attachmentId }).then(
        () => 'gone',
        (err) => err.code,
      )
    expect([await discard(evidence), await discard(nobodys)]).toEqual(['not_found', 'gone'])
    authority.onPicturesAsked = () => claims.keepPictures(ana, { attachmentIds: [becomes] })
    try {
      expect(await discard(becomes)).toBe('not_found')
    } finally {
      authority.onPicturesAsked = async () => {}
    }
    await later(23 * HOUR)
    await pass()
    expect([await isThere(nobodys), await isThere(evidence), await isThere(becomes)]).toEqual([false, true, true])
  })

  test('keeps on no files of messages, nor pictures of another tenant', async () => {
    const { people, authority, later, claims, read } = current()
    const { ana } = people('ana')
    const { ana: foreign } = people('ana')
    const theirs = await upload(foreign, 'theirs')
    const { id: unsent } = await current().upload(ana, authority.conversation(ana), 'unsent')
    await later(DAY - HOUR)
    expect(await claims.keepPictures(ana, { attachmentIds: [theirs, unsent] })).toEqual({ missing: [theirs, unsent] })
    await later(2 * HOUR)
    await pass()
    expect(await isThere(theirs)).toBe(false)
    await expect(read(ana, unsent)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('comes to the end of many of several tenants', async () => {
    const { people, later, store, asOwner } = current()
    const tenants = [people('ana'), people('ana')]
    for (const { ana } of tenants) {
      const id = await upload(ana, 'a face')
      await asOwner(
        `INSERT INTO attachments (id, tenant_id, uploader_id, purpose, received_sha256, name, mime, size, kind, status, sha256,
           charged, copied_from, due_at)
         SELECT gen_random_uuid(), tenant_id, uploader_id, purpose, received_sha256, name, mime, size, kind, status, sha256, 0, id, due_at
         FROM attachments, generate_series(1, 60) WHERE id = '${id}'`,
      )
    }
    await later(2 * DAY)
    expect(await pass()).toBeGreaterThanOrEqual(122)
    for (const { tenantId } of tenants)
      expect(await store.snapshot(tenantId, ({ usage }) => usage.of(null))).toEqual({ bytes: 0, files: 0 })
  })
})
