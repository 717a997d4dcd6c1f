import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry, Message } from '@parley/contracts'
import { jpeg } from '@parley/storage/testing'
import { expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest } from '../stack/test-client.ts'
import { files } from './file-client.ts'
import { END, FORM, field, file, postRaw } from './raw-form.ts'
import { seenFiles } from './seen-files.ts'

const NOBODYS = '01900000-0000-7000-8000-000000000000'

describeStacks('files over %s', ({ stack, people }) => {
  const send = async (userId: string, conversationId: string, content: string, attachments: string[] = []) => {
    const { status, body } = await rest(stack, userId).call<Message>(
      'POST',
      `/conversations/${conversationId}/messages`,
      { content, attachments },
    )
    expect([status, body]).toEqual([201, body])
    return body
  }
  const statusOf = async (userId: string, path: string, token?: string) => {
    const response = await files(stack, userId, token).get(path)
    const body = response.ok ? await response.text() : ((await response.json()) as { code: string; detail: string })
    return typeof body === 'string' ? body : `${response.status} ${body.code} ${body.detail}`
  }

  test('are uploaded, sent and read by the others, whole, in ranges, and by those who have them not again', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).direct(ben)
    const attachment = await files(stack, ana).text(id, '0123456789')
    const message = await send(ana, id, 'look', [attachment.id])
    expect(message.attachments).toEqual([attachment])
    const path = `/attachments/${attachment.id}/content`
    const whole = await files(stack, ben).get(path)
    expect([whole.status, await whole.text()]).toEqual([200, '0123456789'])
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename=note.txt',
      'content-length': '10',
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=86400, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    })
    const etag = whole.headers.get('etag')!
    const ask = async (headers: Record<string, string>, method?: string) => {
      const response = await files(stack, ben).get(path, headers, method)
      return [response.status, response.headers.get('content-range'), await response.text()]
    }
    expect(await ask({ range: 'bytes=2-4' })).toEqual([206, 'bytes 2-4/10', '234'])
    expect(await ask({ range: 'bytes=-3' })).toEqual([206, 'bytes 7-9/10', '789'])
    expect(await ask({ range: 'bytes=8-' })).toEqual([206, 'bytes 8-9/10', '89'])
    expect(await ask({ range: 'bytes=2-4', 'if-range': etag })).toEqual([206, 'bytes 2-4/10', '234'])
    for (const headers of [
      { range: 'bytes=2-4', 'if-range': '"other"' },
      { range: 'bytes=0-1,4-5' },
      { range: 'lines=0-1' },
    ] as Record<string, string>[])
      expect(await ask(headers)).toEqual([200, null, '0123456789'])
    expect((await ask({ range: 'bytes=10-' })).slice(0, 2)).toEqual([416, 'bytes */10'])
    expect(await ask({ 'if-none-match': `"x", ${etag}` })).toEqual([304, null, ''])
    expect(await ask({}, 'HEAD')).toEqual([200, null, ''])
  })

  test('come with the message in one form, and are sent once however often that is tried', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).direct(ben)
    const send = async (clientId: string, name: string, bytes: string | Uint8Array<ArrayBuffer>) => {
      const form = new FormData()
      form.append('content', 'look')
      form.append('clientId', clientId)
      form.append('file', new Blob([bytes]), name)
      const response = await fetch(`${stack.restUrls[0]}/v1/conversations/${id}/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer ${stack.token(ana)}` },
        body: form,
      })
      return { status: response.status, body: (await response.json()) as Message & { code?: string } }
    }
    const text = 'a line of words\n'.repeat(200_000)
    const first = await send('once', 'note.txt', text)
    expect(first).toMatchObject({ status: 201, body: { content: 'look', attachments: [{ name: 'note.txt' }] } })
    expect(await send('once', 'note.txt', text)).toEqual({ status: 200, body: first.body })
    expect(await statusOf(ben, `/attachments/${first.body.attachments[0]!.id}/content`)).toBe(text)
    const refused = await send('never', 'run.exe', Uint8Array.from([0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0]))
    expect([refused.status, refused.body.code]).toEqual([415, 'unsupported_media_type'])
    const { body } = await rest(stack, ben).call<{ data: Message[] }>('GET', `/conversations/${id}/messages`)
    expect(body.data.map(({ id: messageId }) => messageId)).toEqual([first.body.id])
  })

  test('are refused in the same words to outsiders, to who has left, to other tenants and where there are none; links end too', async () => {
    const [ana, ben, cleo, eve] = people('ana', 'ben', 'cleo', 'eve')
    const { id } = await rest(stack, ana).group([ben, cleo])
    const attachment = await files(stack, ana).text(id, 'secret')
    await send(ana, id, 'look', [attachment.id])
    const path = `/attachments/${attachment.id}/content`
    expect(await statusOf(cleo, path)).toBe('secret')
    const { status, body } = await files(stack, cleo).link(attachment.id)
    expect(status).toBe(200)
    expect(Date.parse(body.expiresAt) - Date.now()).toBeLessThanOrEqual(300_000)
    const open = (url: string) => fetch(`${stack.storageUrls[0]}${url}`).then(async (r) => [r.status, await r.text()])
    expect(await open(body.url)).toEqual([200, 'secret'])
    const [forged] = await open(body.url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))
    expect(forged).toBe(404)

    await rest(stack, ana).call('DELETE', `/conversations/${id}/participants/${cleo}`)
    const nobody = await statusOf(cleo, `/attachments/${NOBODYS}/content`)
    expect(nobody).toBe('404 not_found There is no such attachment')
    expect(await statusOf(cleo, path)).toBe(nobody)
    expect(await statusOf(eve, path)).toBe(nobody)
    expect(await statusOf(ana, path, stack.token(ana, { tenant: 'other' }))).toBe(nobody)
    expect((await files(stack, cleo).link(attachment.id)).status).toBe(404)
    expect(await fetch(`${stack.storageUrls[0]}/v1${path}`).then((r) => r.status)).toBe(401)
  })

  test('smaller pictures are seen as their message is, whole, in ranges, and by those who have them not again', async () => {
    const [ana, ben, cleo, eve] = people('ana', 'ben', 'cleo', 'eve')
    const { id } = await rest(stack, ana).group([ben, cleo])
    const { body } = await files(stack, ana).upload({ conversationId: id }, [
      { name: 'côte.jpg', type: 'image/jpeg', bytes: await jpeg(1600, 1200) },
    ])
    const image = body.data![0]!.attachment!
    expect(image).toMatchObject({ kind: 'image', width: 1600, height: 1200, variants: ['thumbnail', 'medium'] })
    const path = `/attachments/${image.id}/variants/thumbnail`
    const ask = async (userId: string, at = path, headers: Record<string, string> = {}, method?: string) => {
      const response = await files(stack, userId).get(at, headers, method)
      const bytes = Buffer.from(await response.arrayBuffer())
      return { status: response.status, bytes, headers: Object.fromEntries(response.headers) }
    }
    // nobody's but the uploader's until it is sent
    expect([(await ask(ana)).status, (await ask(ben)).status]).toEqual([200, 404])
    await send(ana, id, 'look', [image.id])
    const { status, bytes, headers } = await ask(ben)
    expect([status, bytes.subarray(8, 12).toString()]).toEqual([200, 'WEBP'])
    expect(headers).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(bytes.length),
      'content-disposition': `inline; filename=cote-thumbnail.webp; filename*=UTF-8''c%C3%B4te-thumbnail.webp`,
      'cache-control': 'private, max-age=86400, immutable',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    })
    const etag = headers.etag!
    const etags = [etag]
    for (const other of [`/attachments/${image.id}/content`, `/attachments/${image.id}/variants/medium`])
      etags.push((await ask(ben, other)).headers.etag!)
    expect(new Set(etags).size).toBe(3)
    expect(await ask(ben, path, { range: 'bytes=8-11', 'if-range': etag })).toMatchObject({
      ...{ status: 206, bytes: Buffer.from('WEBP') },
      headers: { 'content-range': `bytes 8-11/${bytes.length}`, 'content-length': '4' },
    })
    expect(await ask(ben, path, { range: 'bytes=8-11', 'if-range': etags[1]! })).toMatchObject({ status: 200, bytes })
    expect((await ask(ben, path, { range: `bytes=${bytes.length}-` })).status).toBe(416)
    expect(await ask(ben, path, { 'if-none-match': etag })).toMatchObject({ status: 304, bytes: Buffer.alloc(0) })
    expect(await ask(ben, path, {}, 'HEAD')).toMatchObject({
      ...{ status: 200, bytes: Buffer.alloc(0) },
      headers: { etag, 'content-length': String(bytes.length) },
    })
    expect((await ask(ben, `${path}?disposition=attachment`)).headers['content-disposition']).toMatch(/^attachment/)
    expect((await ask(eve)).status).toBe(404)
    await rest(stack, ana).call('DELETE', `/conversations/${id}/participants/${cleo}`)
    expect((await ask(cleo)).status).toBe(404)
    const note = await files(stack, ana).text(id, 'not an image')
    expect((await ask(ana, `/attachments/${note.id}/variants/thumbnail`)).status).toBe(404)
  })

  test('pictures of people and groups are for whoever has their address; who may not give a group one is refused', async () => {
    const [ana, ben, eve] = people('ana', 'ben', 'eve')
    const { id } = await rest(stack, ana).group([ben])
    const face = [{ name: 'face.jpg', type: 'image/jpeg', bytes: await jpeg(400, 300) }]
    const into = { purpose: 'group_picture', conversationId: id }
    const refused = await Promise.all([ben, eve].map((who) => files(stack, who).upload(into, face)))
    expect(refused.map(({ body }) => body.code)).toEqual(['forbidden', 'not_found'])
    const uploaded = [
      (await files(stack, ana).upload(into, face)).body.data![0]!,
      (await files(stack, eve).upload({ purpose: 'profile_picture' }, face)).body.data![0]!,
    ]
    const open = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
      const response = await fetch(`${stack.storageUrls[0]}${path}`, { headers, method })
      const bytes = Buffer.from(await response.arrayBuffer())
      return { status: response.status, bytes, headers: Object.fromEntries(response.headers) }
    }
    for (const { url, attachment } of uploaded) {
      expect(url).toBe(`/v1/pictures/${attachment!.id}`)
      const { bytes, headers, status } = await open(url!)
      expect([status, headers]).toMatchObject([
        200,
        {
          'content-type': 'image/jpeg',
          'content-length': String(attachment!.size),
          'cache-control': 'public, max-age=31536000, immutable',
          'cross-origin-resource-policy': 'cross-origin',
          'content-security-policy': expect.stringContaining('sandbox'),
        },
      ])
      const etag = headers.etag!
      expect(await open(url!, { range: 'bytes=0-1', 'if-range': etag })).toMatchObject({
        status: 206,
        bytes: bytes.subarray(0, 2),
      })
      expect((await open(url!, { 'if-none-match': etag })).status).toBe(304)
      expect(await open(url!, {}, 'HEAD')).toMatchObject({ status: 200, bytes: Buffer.alloc(0), headers: { etag } })
      expect((await open(`${url}/thumbnail`)).headers['content-type']).toBe('image/webp')
      // as an attachment it is its uploader's
      expect(await statusOf(ben, `/attachments/${attachment!.id}`)).toMatch(/^404/)
    }
    const [group] = uploaded
    const named = await rest(stack, ana).call('PATCH', `/conversations/${id}`, { pictureUrl: group!.url })
    expect(named.body).toMatchObject({ pictureUrl: group!.url })
    // what is in a message is no picture, whoever sees the message
    const { body } = await files(stack, ana).upload({ conversationId: id }, face)
    const sent = body.data![0]!.attachment!.id
    await send(ana, id, 'look', [sent])
    for (const path of [`/v1/pictures/${sent}`, `/v1/pictures/${sent}/thumbnail`, `/v1/pictures/${NOBODYS}`])
      expect([path, (await open(path)).status]).toEqual([path, 404])
    await files(stack, eve).get(`/attachments/${uploaded[1]!.attachment!.id}`, {}, 'DELETE')
    expect((await open(uploaded[1]!.url!)).status).toBe(404)
  })

  test('are seen exactly as their messages are by who was removed at the 50th and came back at the 80th; those of deleted messages are gone', async () => {
    const [tenant] = people('returns')
    const token = (userId: string, role?: string) => stack.token(userId, { tenant, ...(role && { role }) })
    const host = rest(stack, '', token('host', 'service'))
    await host.call('PUT', '/admin/policy', {
      rateLimits: { userCalls: null, userMessages: null },
      groups: { history: 'all' },
    })
    const [ana, ben, cleo] = [token('ana'), token('ben'), token('cleo')]
    const as = (who: string) => rest(stack, '', who)
    const { id } = await as(ana).group(['ben'])
    const texts = Array.from({ length: 45 }, (_, i) => ({ senderId: 'ana', content: `${i + 1}`, clientId: `${i}` }))
    const createdAt = new Date().toISOString()
    const batch = { messages: texts.map((text) => ({ ...text, createdAt })) }
    expect((await host.call('POST', `/conversations/${id}/messages/batch`, batch)).status).toBe(200)
    const notes = Array.from({ length: 40 }, (_, i) => ({ name: 'a.txt', type: 'text/plain', bytes: `note ${i + 46}` }))
    const { body } = await files(stack, '', ana).upload({ conversationId: id }, notes)
    const messages: Message[] = []
    const sendUpTo = async (number: number) => {
      for (let i = messages.length; messages.length < number - 45; i++) {
        const attachments = [body.data![i]!.attachment!.id]
        const sent = await as(ana).call<Message>('POST', `/conversations/${id}/messages`, { attachments })
        expect(sent.status).toBe(201)
        messages.push(sent.body)
      }
    }
    const seat = `/conversations/${id}/participants`
    await sendUpTo(50)
    expect((await as(ana).call('DELETE', `${seat}/ben`)).status).toBe(204)
    await sendUpTo(80)
    for (const userId of ['ben', 'cleo']) expect((await as(ana).call('POST', seat, { userId })).status).toBe(201)
    await sendUpTo(85)

    const only = (from: number, to: number) => {
      const seqs = messages.slice(from - 46, to - 45).map(({ seq }) => seq)
      return { pages: seqs, synced: seqs, content: seqs, unlike: [] }
    }
    expect(await seenFiles(stack, ben, messages)).toEqual(only(81, 85))
    // by these rules who comes for the first time sees what was before them
    expect(await seenFiles(stack, cleo, messages)).toEqual(only(46, 85))

    const last = messages.at(-1)!
    await as(ana).call('DELETE', `/messages/${last.id}`)
    const statusFor = async (who: string) =>
      (await files(stack, '', who).get(`/attachments/${last.attachments[0]!.id}/content`)).status
    await expect.poll(() => Promise.all([ana, ben].map(statusFor))).toEqual([404, 404])
  })

  test('of somebody whom an admin erases are gone for everybody, which is written down; others may not erase them', async () => {
    const [ana, ben, host, root] = people('ana', 'ben', 'host', 'root')
    const { id } = await rest(stack, ana).direct(ben)
    const attachment = await files(stack, ana).text(id, 'to be erased')
    const message = await send(ana, id, 'look', [attachment.id])
    const path = `/admin/users/${ana}/attachments`
    const erase = async (userId: string, token?: string) => {
      const response = await files(stack, userId, token).get(path, {}, 'DELETE')
      const body = (await response.json()) as { code?: string; erased?: number }
      return body.code ?? body.erased
    }
    const admins = [stack.token(root, { role: 'admin' }), stack.token(host, { role: 'service' })] as const
    expect(await erase(ana)).toBe('forbidden')
    expect(await erase(ben)).toBe('forbidden')
    expect(await erase(root, stack.token(root, { role: 'admin', tenant: 'other' }))).toBe(0)
    expect(await statusOf(ben, `/attachments/${attachment.id}/content`)).toBe('to be erased')
    expect(await erase(root, admins[0])).toBe(1)
    expect(await erase(host, admins[1])).toBe(0)
    for (const who of [ana, ben]) expect(await statusOf(who, `/attachments/${attachment.id}/content`)).toMatch(/^404/)
    const { body: still } = await rest(stack, ben).call<Message>('GET', `/messages/${message.id}`)
    expect(still.attachments.map((one) => one.id)).toEqual([attachment.id])
    const { body: audit } = await rest(stack, root, admins[0]).call<{ data: AuditEntry[] }>(
      'GET',
      '/admin/audit?action=attachments.erase',
    )
    expect(audit.data.filter(({ target }) => target === ana).map(({ actorId }) => actorId)).toEqual([host, root])
  })

  test('in one request have an outcome each, and with a key are there once', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).group([ben])
    const given = [
      { name: 'résumé 履歴.txt', type: 'text/plain', bytes: 'good' },
      { name: 'empty.txt', type: 'text/plain', bytes: '' },
      { name: 'run.exe', type: 'application/x-msdownload', bytes: Uint8Array.from([0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0]) },
    ]
    const first = await files(stack, ana).upload({ conversationId: id }, given, 'once')
    expect(first.status).toBe(201)
    expect(first.body.data?.map(({ attachment, error }) => attachment?.name ?? error?.code)).toEqual([
      'résumé 履歴.txt',
      'unreadable_file',
      'unsupported_media_type',
    ])
    const again = await files(stack, ana).upload({ conversationId: id }, given.slice(0, 1), 'once')
    expect(again.body.data?.[0]?.attachment).toEqual(first.body.data?.[0]?.attachment)
    const alone = await files(stack, ana).upload({ conversationId: id }, given.slice(1, 2))
    expect([alone.status, alone.body.code]).toEqual([422, 'unreadable_file'])
  })

  test('that are no form, or a broken one, are refused with a code, and leave nothing on the disk', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).group([ben])
    const raw = (type: string, body: string, length?: number) =>
      postRaw(stack.storageUrls[0]!, { token: stack.token(ana), type, body, ...(length !== undefined && { length }) })
    const into = field('conversationId', id)
    const codeOf = async (type: string, body: string) =>
      JSON.parse((await raw(type, body)).split('\r\n\r\n')[1] ?? '{}').code
    expect(await codeOf('application/json', '{}')).toBe('unsupported_media_type')
    expect(await codeOf('multipart/form-data', `${into}${file('a.txt', 'x')}${END}`)).toBe('malformed')
    expect(await codeOf(FORM, `${into}${file('a.txt', 'x')}`)).toBe('malformed')
    expect(await codeOf(FORM, `${file('a.txt', 'x')}${into}${END}`)).toBe('invalid_input')
    expect(await codeOf(FORM, `${into}${file('a.txt', 'x')}${field('purpose', 'message')}${END}`)).toBe('malformed')
    expect(await codeOf(FORM, `${into}${END}`)).toBe('invalid_input')
    expect(await codeOf(FORM, `${field('conversationId', 'x')}${file('a.txt', 'x')}${END}`)).toBe('invalid_input')
    expect(await codeOf(FORM, `${into}${file('a.txt', 'x').repeat(60)}${END}`)).toBe('payload_too_large')
    expect(await codeOf(FORM, `${into}${field('more', 'x'.repeat(9_000))}${file('a.txt', 'x')}${END}`)).toBe(
      'invalid_input',
    )
    const other = field('conversationId', NOBODYS)
    expect(await codeOf(FORM, `${other}${file('a.txt', 'x'.repeat(300_000))}${END}`)).toBe('not_found')
    // who goes away in the middle
    await raw(FORM, `${into}${file('a.txt', 'x'.repeat(100_000))}`.slice(0, -50), 1_000_000)
    const [process_] = await readdir(join(stack.dataFolder, 'attachments', 'incoming'))
    await expect.poll(() => readdir(join(stack.dataFolder, 'attachments', 'incoming', process_!))).toEqual([])
    expect(await files(stack, ana).text(id, 'all is well')).toMatchObject({ size: 11 })
  })
})
