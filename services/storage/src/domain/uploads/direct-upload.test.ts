import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Actor } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeUseCases } from '../../../test/describe-use-cases.ts'
import { RULES } from '../../../test/test-world.ts'
import type { ObjectStore } from '../ports.ts'
import { createStorage } from '../storage.ts'

const DAY = 24 * 3_600_000

describeUseCases('uploads straight to the bucket', (current) => {
  /** As over a bucket: the form says which key, and `post` is what a browser does with it. */
  function scene() {
    const { deps, objects, authority, people, read } = current()
    const { ana, ben, tenantId } = people('ana', 'ben')
    const id = authority.conversation(ana, ben)
    const bucket: ObjectStore = Object.assign(Object.create(objects), {
      presignedPost: async (key: string, { maxBytes }: { maxBytes: number }) => ({
        url: 'http://bucket',
        fields: { key, most: String(maxBytes) },
      }),
    })
    for (const name of ['put', 'open', 'size', 'remove', 'keys'] as const)
      Object.assign(bucket, { [name]: objects[name].bind(objects) })
    const storage = createStorage({ ...deps, objects: bucket })
    const { beginDirectUpload, completeDirectUpload } = storage.directUploads
    return {
      ...{ ana, ben, id, tenantId, storage, read, authority },
      begin: (actor: Actor, more: object = {}) =>
        beginDirectUpload(actor, { conversationId: id, name: 'note.txt', mime: 'text/plain', size: 5, ...more }),
      complete: (actor: Actor, uploadId: string) => completeDirectUpload(actor, { uploadId }),
      async post({ fields }: { fields: Record<string, string> }, content: string) {
        const path = join(tmpdir(), `parley-direct-${randomUUID()}`)
        await writeFile(path, content)
        await bucket.put(fields.key!, path, { mime: 'text/plain', size: Buffer.byteLength(content) })
      },
      async waiting() {
        const keys: string[] = []
        for await (const key of bucket.keys(`_incoming/${tenantId}/`, new Date(Date.now() + DAY))) keys.push(key)
        return keys
      },
    }
  }

  test('what a browser put there becomes an attachment as any other, once', async () => {
    const { ana, begin, post, complete, waiting, read } = scene()
    const form = await begin(ana)
    expect(form.fields.most).toBe('5')
    await expect(complete(ana, form.uploadId)).rejects.toMatchObject({ code: 'not_found' })
    await post(form, 'bytes')
    const attachment = await complete(ana, form.uploadId)
    expect(attachment).toMatchObject({ name: 'note.txt', mime: 'text/plain', size: 5 })
    expect(await read(ana, attachment.id)).toBe('bytes')
    expect(await waiting()).toEqual([])
    // the answer was lost; and whoever uses the form again makes no second one
    await post(form, 'other')
    expect(await complete(ana, form.uploadId)).toEqual(attachment)
  })

  test('it is of whoever began it, and who may no longer write there completes nothing', async () => {
    const { ana, ben, id, tenantId, begin, post, complete, authority } = scene()
    const form = await begin(ana)
    await post(form, 'bytes')
    await expect(complete(ben, form.uploadId)).rejects.toMatchObject({ code: 'not_found' })
    const second = await begin(ana)
    await post(second, 'bytes')
    await complete(ana, form.uploadId)
    authority.members.get(id)!.delete(`${tenantId}/ana`)
    for (const { uploadId } of [form, second])
      await expect(complete(ana, uploadId)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('what is announced is refused as it would be when it comes, and what comes is looked at all the same', async () => {
    const { ana, begin, post, complete, waiting } = scene()
    await expect(begin(ana, { mime: 'text/html' })).rejects.toMatchObject({ code: 'unsupported_media_type' })
    await expect(begin(ana, { size: RULES.maxBytes + 1 })).rejects.toMatchObject({ code: 'payload_too_large' })
    await expect(begin(ana, { conversationId: randomUUID() })).rejects.toMatchObject({ code: 'not_found' })
    await expect(begin(ana, { purpose: 'profile_picture' })).rejects.toMatchObject({ code: 'invalid_input' })
    expect(await waiting()).toEqual([])

    const form = await begin(ana)
    await post(form, 'more than was said')
    await expect(complete(ana, form.uploadId)).rejects.toMatchObject({ code: 'payload_too_large' })
    expect(await waiting()).toEqual([])
  })

  test('what nobody completed goes', async () => {
    const { ana, begin, post, storage, waiting, complete } = scene()
    const form = await begin(ana)
    await post(form, 'bytes')
    expect(await storage.collectDirectUploads(DAY)).toBe(0)
    expect(await waiting()).toHaveLength(2)
    expect(await storage.collectDirectUploads(-DAY)).toBeGreaterThanOrEqual(2)
    expect(await waiting()).toEqual([])
    await expect(complete(ana, form.uploadId)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('a store that takes no forms says so', async () => {
    const { directUploads, people, authority } = current()
    const { ana } = people('ana')
    const upload = { conversationId: authority.conversation(ana), name: 'a', size: 1 }
    await expect(directUploads.beginDirectUpload(ana, upload)).rejects.toMatchObject({ code: 'not_supported' })
    const done = directUploads.completeDirectUpload(ana, { uploadId: randomUUID() })
    await expect(done).rejects.toMatchObject({ code: 'not_supported' })
  })
})
