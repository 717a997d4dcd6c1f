import { randomUUID } from 'node:crypto'
import type { DirectUpload } from '@parley/contracts'
import { startS3 } from '@parley/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Operation, operationsOf } from '../authorisation/probes.ts'
import { startBucketStack } from '../files/bucket-stack.ts'
import { type Ask, askAs, beginResumable, postJson, resume, waysToUpload } from '../files/ways-to-upload.ts'
import { rest } from '../stack/test-client.ts'
import type { TestStack } from '../stack/test-stack.ts'

const NOBODYS = '01900000-0000-7000-8000-000000000000'

// The store is a bucket, so that there is every way.
describe('files that are uploaded in a form, in parts and straight to the bucket', () => {
  let server: Awaited<ReturnType<typeof startS3>>
  let stack: TestStack
  let documented: Map<string, Operation>
  const outsider = `outsider-${randomUUID()}`

  beforeAll(async () => {
    server = await startS3()
    stack = await startBucketStack(server.at)
    documented = await operationsOf(stack.storageUrls[0]!)
  })
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]()
    await server?.stop()
  })
  const as = (userId: string, claims?: Parameters<TestStack['token']>[1]) => askAs(stack, userId, claims)

  /** What was refused: the status, the code, which the document has to name, and what is said of it. */
  async function refusalOf(operationId: string, response: Response) {
    const { code, detail } = (await response.json()) as { code: string; detail: string }
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect([operationId, [...documented.get(operationId)!.codes]]).toEqual([
      operationId,
      expect.arrayContaining([code]),
    ])
    return [response.status, code, detail]
  }

  test('each way to upload is refused to whoever may write nothing there, in the words of a message', async () => {
    const [owner, member, former, observer, blocked, gone] = [
      'owner',
      'member',
      'former',
      'observer',
      'blocked',
      'gone',
    ].map((name) => `${name}-${randomUUID()}`) as [string, string, string, string, string, string]
    const by = rest(stack, owner)
    const admin = rest(stack, '', stack.token('admin', { role: 'admin' }))
    const group = await by.group([member, former, gone])
    const closed = await by.group([member])
    const direct = await by.direct(blocked)
    const done = [
      await by.call('POST', `/conversations/${group.id}/participants`, { userId: observer, role: 'observer' }),
      await by.call('DELETE', `/conversations/${group.id}/participants/${former}`),
      await admin.call('PUT', `/admin/conversations/${closed.id}/status`, { status: 'closed' }),
      await by.call('PUT', `/users/${blocked}/block`),
      await admin.call('PUT', `/users/${gone}/disabled`),
    ]
    expect(done.filter(({ status }) => status > 204)).toEqual([])

    const notFound = [404, 'not_found', 'No such conversation']
    for (const [operationId, begin] of Object.entries(waysToUpload)) {
      const tried = async (who: Ask, id: string) => {
        const response = await begin(who, id)
        return response.ok ? response.status : refusalOf(operationId, response)
      }
      expect(await tried(as(member), group.id)).toBe(201)
      expect(await tried(as(outsider), group.id)).toEqual(notFound)
      expect(await tried(as(former), group.id)).toEqual(notFound)
      expect(await tried(as(member, { tenant: 'other' }), group.id)).toEqual(notFound)
      expect(await tried(as(member), NOBODYS)).toEqual(notFound)
      expect(await tried(as(observer), group.id)).toEqual([403, 'forbidden', expect.any(String)])
      expect(await tried(as(member), closed.id)).toEqual([409, 'conversation_closed', expect.any(String)])
      expect(await tried(as(blocked), direct.id)).toEqual([403, 'blocked', expect.any(String)])
      expect(await tried(as(gone), group.id)).toEqual([403, 'forbidden', 'This account is disabled'])
      const unknown = (method: string, path: string, init?: RequestInit) =>
        fetch(new URL(path, stack.storageUrls[0]), { method, ...init })
      expect(await tried(unknown, group.id)).toEqual([401, 'unauthenticated', expect.any(String)])
    }
  })

  test('what was begun is its beginner’s alone, and is not finished by whoever has left or where nobody writes any more', async () => {
    const [owner, member] = [`owner-${randomUUID()}`, `member-${randomUUID()}`]
    const by = rest(stack, owner)
    const admin = rest(stack, '', stack.token('admin', { role: 'admin' }))
    const begin = async (id: string) => {
      const resumable = await waysToUpload.beginResumableUpload(as(member), id)
      const direct = (await (await waysToUpload.beginDirectUpload(as(member), id)).json()) as DirectUpload
      const form = new FormData()
      for (const [name, value] of Object.entries(direct.fields)) form.append(name, value)
      form.append('file', new Blob(['a text']), 'any')
      expect((await fetch(direct.url, { method: 'POST', body: form })).status).toBe(204)
      return { at: resumable.headers.get('location')!, uploadId: direct.uploadId }
    }
    const finish = async (who: Ask, { at, uploadId }: Awaited<ReturnType<typeof begin>>) => [
      await refusalOf('resumeUpload', await resume(who, at, 0, Buffer.from('a text'))),
      await refusalOf('completeDirectUpload', await postJson(who, `/v1/attachments/direct/${uploadId}/complete`, {})),
    ]
    const left = await by.group([member])
    const begun = await begin(left.id)
    const absent = { at: begun.at.replace(/[^.]+$/, NOBODYS), uploadId: NOBODYS }
    const none = await finish(as(member), absent)
    expect(none).toMatchObject([
      [404, 'not_found', expect.any(String)],
      [404, 'not_found', expect.any(String)],
    ])
    for (const other of [as(owner), as(outsider), as(member, { tenant: 'other' })]) {
      expect(await finish(other, begun)).toEqual(none)
      for (const method of ['HEAD', 'DELETE'])
        expect((await other(method, begun.at, { headers: { 'tus-resumable': '1.0.0' } })).status).toBe(404)
    }
    await by.call('DELETE', `/conversations/${left.id}/participants/${member}`)
    expect(await finish(as(member), begun)).toEqual([
      [404, 'not_found', 'No such conversation'],
      [404, 'not_found', 'No such conversation'],
    ])

    const closed = await by.group([member])
    const late = await begin(closed.id)
    await admin.call('PUT', `/admin/conversations/${closed.id}/status`, { status: 'closed' })
    expect(await finish(as(member), late)).toMatchObject([
      [409, 'conversation_closed', expect.any(String)],
      [409, 'conversation_closed', expect.any(String)],
    ])
  })

  test('uploads that are wrong each have their code, and nothing is begun', async () => {
    const [eve, mallory] = [`eve-${randomUUID()}`, `mallory-${randomUUID()}`]
    const { id } = await rest(stack, eve).direct(mallory)
    const said = { filename: 'a.txt', filetype: 'text/plain', conversationId: id }
    const resumable = async (size: number, metadata: Record<string, string>, headers: Record<string, string> = {}) => {
      const response = await beginResumable(as(eve), size, metadata, headers)
      return (await refusalOf('beginResumableUpload', response)).slice(0, 2)
    }
    const malformed = [400, 'malformed']
    const invalid = [422, 'invalid_input']
    const tooLarge = [413, 'payload_too_large']
    for (const length of ['', '-1', '1.5', 'ten', '0x10', '1e3', ' '])
      expect([length, await resumable(6, said, { 'upload-length': length })]).toEqual([length, malformed])
    expect(await resumable(6, said, { 'tus-resumable': '' })).toEqual(malformed)
    expect(await resumable(6, said, { 'tus-resumable': '0.2.2' })).toEqual(malformed)
    expect(await resumable(6, said, { 'upload-metadata': 'filename no*base64' })).toEqual(malformed)
    expect(await resumable(6, said, { 'upload-metadata': ',,' })).toEqual(malformed)
    expect(await resumable(6, said, { 'upload-concat': 'partial' })).toEqual([501, 'not_supported'])
    expect(await resumable(2 ** 40, said)).toEqual(tooLarge)
    expect(await resumable(Number.MAX_SAFE_INTEGER, said)).toEqual(tooLarge)
    expect(await resumable(6, { ...said, filetype: 'application/x-msdownload' })).toEqual([
      415,
      'unsupported_media_type',
    ])
    expect(await resumable(6, { filename: 'a.txt' })).toEqual(invalid)
    for (const more of [
      { conversationId: 'x' },
      { purpose: 'mischief' },
      { purpose: 'profile_picture', filetype: 'image/png' },
      { peaks: 'loud' },
      { peaks: '[1,' },
      { peaks: JSON.stringify(Array(5_000).fill(1)) },
      { durationMs: '-1' },
      { durationMs: 'null' },
    ])
      expect([more, await resumable(6, { ...said, ...more })]).toEqual([more, invalid])

    const direct = async (announced: unknown) => {
      const response = await postJson(as(eve), '/v1/attachments/direct', announced)
      return (await refusalOf('beginDirectUpload', response)).slice(0, 2)
    }
    const good = { conversationId: id, name: 'a.txt', mime: 'text/plain', size: 6 }
    expect(await direct('{"conversationId":')).toEqual(malformed)
    expect(await direct({ ...good, mime: 'application/x-msdownload' })).toEqual([415, 'unsupported_media_type'])
    expect(await direct({ ...good, size: 1_000_000_000 })).toEqual(tooLarge)
    for (const more of [
      ...[
        { conversationId: 'x' },
        { conversationId: undefined },
        { purpose: 'mischief' },
        { purpose: 'profile_picture' },
      ],
      ...[{ name: undefined }, { name: '' }, { name: 'x'.repeat(5_001) }, { mime: 'x' }, { mime: 1 }, { more: true }],
      ...[{ size: undefined }, { size: 0 }, { size: -1 }, { size: 1.5 }, { size: '6' }, { size: 2 ** 53 }],
      ...[{ peaks: 'loud' }, { peaks: [101] }, { durationMs: -1 }],
    ])
      expect([more, await direct({ ...good, ...more })]).toEqual([more, invalid])
    const completed = await postJson(as(eve), '/v1/attachments/direct/x/complete', {})
    expect((await refusalOf('completeDirectUpload', completed)).slice(0, 2)).toEqual(invalid)

    // one that is right, with requests that are not
    const at = (await waysToUpload.beginResumableUpload(as(eve), id)).headers.get('location')!
    const patch = async (offset: number, bytes: string, headers: Record<string, string> = {}) =>
      (await refusalOf('resumeUpload', await resume(as(eve), at, offset, Buffer.from(bytes), headers))).slice(0, 2)
    expect(await patch(3, 'ext')).toEqual([409, 'wrong_offset'])
    expect(await patch(0, 'a text and more')).toEqual(tooLarge)
    for (const offset of ['', '-1', 'x', '1.5'])
      expect([offset, await patch(0, 'a text', { 'upload-offset': offset })]).toEqual([offset, malformed])
    expect(await patch(0, 'a text', { 'content-type': 'text/plain' })).toEqual([415, 'unsupported_media_type'])
    expect(await patch(0, 'a text', { 'tus-resumable': '0.2.2' })).toEqual(malformed)
    for (const path of [
      '/..%2f..%2fabout',
      `/${'x'.repeat(5_000)}`,
      '/%00',
      `${at.slice('/v1/attachments/resumable'.length)}%2fabout`,
    ])
      expect([400, 404, 414, 422]).toContain(
        (await resume(as(eve), `/v1/attachments/resumable${path}`, 0, Buffer.from('x'))).status,
      )
    const last = await resume(as(eve), at, 0, Buffer.from('a text'))
    expect([last.status, last.headers.get('attachment-id')]).toEqual([204, expect.any(String)])
  })
})
