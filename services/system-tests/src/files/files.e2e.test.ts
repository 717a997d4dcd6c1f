import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Message } from '@parley/contracts'
import { expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest } from '../stack/test-client.ts'
import { files } from './file-client.ts'

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

  test('of messages between leaving and coming back stay unseen; those of deleted messages are gone', async () => {
    const [ana, ben] = people('ana', 'ben')
    const { id } = await rest(stack, ana).group([ben])
    const sendOne = async (content: string) => {
      const attachment = await files(stack, ana).text(id, content)
      return { message: await send(ana, id, content, [attachment.id]), path: `/attachments/${attachment.id}/content` }
    }
    const before = await sendOne('before')
    await rest(stack, ana).call('DELETE', `/conversations/${id}/participants/${ben}`)
    const between = [await sendOne('between'), await sendOne('between too')]
    const back = await rest(stack, ana).call('POST', `/conversations/${id}/participants`, { userId: ben })
    const after = await sendOne('after')
    expect([back.status, await statusOf(ben, after.path)]).toEqual([back.status, 'after'])
    for (const { path } of between) expect(await statusOf(ben, path)).toMatch(/^404/)
    expect(await statusOf(ana, before.path)).toBe('before')
    await rest(stack, ana).call('DELETE', `/messages/${after.message.id}`)
    await expect.poll(() => statusOf(ana, after.path)).toMatch(/^404/)
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
    const { hostname, port } = new URL(stack.storageUrls[0]!)
    const raw = (type: string, body: string, length = Buffer.byteLength(body)) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(port), hostname)
        let text = ''
        socket.on('error', () => {})
        socket.on('data', (chunk) => {
          text += chunk
        })
        socket.on('close', () => resolve(text))
        socket.write(
          `POST /v1/attachments HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${stack.token(ana)}\r\n` +
            `Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${body}`,
        )
        if (length > Buffer.byteLength(body)) setTimeout(() => socket.destroy(), 300)
      })
    const field = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const file = (name: string, content: string) =>
      `--b\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n`
    const form = 'multipart/form-data; boundary=b'
    const into = field('conversationId', id)
    const codeOf = async (type: string, body: string) =>
      JSON.parse((await raw(type, body)).split('\r\n\r\n')[1] ?? '{}').code
    expect(await codeOf('application/json', '{}')).toBe('unsupported_media_type')
    expect(await codeOf('multipart/form-data', `${into}${file('a.txt', 'x')}--b--\r\n`)).toBe('malformed')
    expect(await codeOf(form, `${into}${file('a.txt', 'x')}`)).toBe('malformed')
    expect(await codeOf(form, `${file('a.txt', 'x')}${into}--b--\r\n`)).toBe('invalid_input')
    expect(await codeOf(form, `${into}${file('a.txt', 'x')}${field('purpose', 'message')}--b--\r\n`)).toBe('malformed')
    expect(await codeOf(form, `${into}--b--\r\n`)).toBe('invalid_input')
    expect(await codeOf(form, `${field('conversationId', 'x')}${file('a.txt', 'x')}--b--\r\n`)).toBe('invalid_input')
    expect(await codeOf(form, `${into}${file('a.txt', 'x').repeat(60)}--b--\r\n`)).toBe('payload_too_large')
    expect(await codeOf(form, `${into}${field('more', 'x'.repeat(9_000))}${file('a.txt', 'x')}--b--\r\n`)).toBe(
      'invalid_input',
    )
    const other = field('conversationId', NOBODYS)
    expect(await codeOf(form, `${other}${file('a.txt', 'x'.repeat(300_000))}--b--\r\n`)).toBe('not_found')
    // who goes away in the middle
    await raw(form, `${into}${file('a.txt', 'x'.repeat(100_000))}`.slice(0, -50), 1_000_000)
    const [process_] = await readdir(join(stack.dataFolder, 'attachments', 'incoming'))
    await expect.poll(() => readdir(join(stack.dataFolder, 'attachments', 'incoming', process_!))).toEqual([])
    expect(await files(stack, ana).text(id, 'all is well')).toMatchObject({ size: 11 })
  })
})
