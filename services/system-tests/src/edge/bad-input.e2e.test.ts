import { randomUUID } from 'node:crypto'
import type { Conversation, Message } from '@parley/contracts'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest } from '../stack/test-client.ts'

interface Refusal {
  status: number
  code?: string
  errors?: { pointer: string; code: string }[]
}

const unknownId = '01900000-0000-7000-8000-000000000000'
const cursorOf = (fields: unknown) => Buffer.from(JSON.stringify(fields)).toString('base64url')
const invalid = (pointer: string, code?: string) => ({
  status: 422,
  code: 'invalid_input',
  errors: expect.arrayContaining([expect.objectContaining({ pointer, ...(code && { code }) })]),
})

describeStacks('bad requests over %s', ({ stack }) => {
  let direct: Conversation
  const path = () => `/conversations/${direct.id}/messages`

  /** As ana: what was refused, and how. The body goes as it is. */
  const request = async (
    method: string,
    url: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => {
    const response = await fetch(`${stack.restUrls[0]}${url}`, {
      method,
      headers: {
        authorization: `Bearer ${stack.token('ana')}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    if (response.status >= 400) expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    return { response, ...((text ? JSON.parse(text) : {}) as Refusal), status: response.status }
  }
  const v1 = (method: string, url: string, body?: unknown, headers?: Record<string, string>) =>
    request(method, `/v1${url}`, body === undefined ? undefined : JSON.stringify(body), headers)

  beforeAll(async () => {
    direct = await rest(stack, 'ana').direct('ben')
  })
  /** Whatever was thrown at it, it serves the next one. */
  afterEach(async () => {
    expect(await v1('POST', path(), { content: 'still there?' })).toMatchObject({ status: 201 })
  })

  test('a body that is no JSON is malformed', async () => {
    for (const body of ['{"content":', '{content: 1}', 'null and void', '{"content":"a"} b', '\u0000', '{"a":NaN}'])
      expect([body, await request('POST', `/v1${path()}`, body)]).toMatchObject([
        body,
        { status: 400, code: 'malformed' },
      ])
    // an empty one is none, in which a message's words are missing
    expect(await request('POST', `/v1${path()}`, '')).toMatchObject(invalid('/content', 'required'))
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])
    expect((await request('POST', `/v1${path()}`, bytes)).status).toBeLessThan(500)
  })

  test('a body that is no object is invalid_input', async () => {
    for (const body of [null, [], [{ content: 'x' }], 'text', 1, true])
      expect([body, await v1('POST', path(), body)]).toMatchObject([body, { status: 422, code: 'invalid_input' }])
    expect((await request('POST', `/v1${path()}`)).status).toBe(422)
  })

  test('an unknown field is refused and named', async () => {
    expect(await v1('POST', path(), { content: 'x', senderId: 'ben' })).toMatchObject(
      invalid('/senderId', 'unknown_field'),
    )
    expect(
      await v1('POST', '/conversations', { kind: 'group', participants: [{ userId: 'ben', admin: true }] }),
    ).toMatchObject(invalid('/participants/0/admin', 'unknown_field'))
    expect(await v1('PUT', `/conversations/${direct.id}/read`, { seq: 1, userId: 'ben' })).toMatchObject(
      invalid('/userId', 'unknown_field'),
    )
    expect(await v1('GET', `${path()}?fields=all`)).toMatchObject(invalid('/fields', 'unknown_field'))
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`field${i}`, i]))
    // a refusal stays small, whatever was sent
    expect((await v1('POST', path(), { content: 'x', ...many })).errors!.length).toBeLessThanOrEqual(10)
  })

  test('a wrong type is refused, and nothing is coerced in a body', async () => {
    for (const seq of ['1', 1.5, -1, null, true, [1], 2 ** 53, 1e308])
      expect([seq, await v1('PUT', `/conversations/${direct.id}/read`, { seq })]).toMatchObject([seq, invalid('/seq')])
    for (const content of [1, null, ['x'], { toString: 'x' }, true])
      expect([content, await v1('POST', path(), { content })]).toMatchObject([content, invalid('/content')])
    expect(await v1('POST', path(), { content: 'x', type: 'photo' })).toMatchObject(invalid('/type'))
    expect(await v1('POST', path(), { content: 'x', type: 'system' })).toMatchObject({ status: 403, code: 'forbidden' })
    expect(await v1('POST', path(), {})).toMatchObject(invalid('/content', 'required'))
  })

  test('text: blank, too long, control characters and halves of characters are refused', async () => {
    const refused = ['', '   ', '\n\t', 'x'.repeat(2_001), '😀'.repeat(2_001), 'x'.repeat(10_001), 'a\u0000b', '\u0007']
    for (const content of [...refused, '\u001b[31m', '\u007f', '\ud800', 'a\udc00b', '\ude00\ud83d'])
      expect([content, await v1('POST', path(), { content })]).toMatchObject([content, invalid('/content')])
    for (const content of ['\u200b', '\u202e\u202c', '\u3164', 'a\u009b'])
      expect([content, await v1('POST', path(), { content })]).toMatchObject([content, invalid('/content')])
    for (const content of [
      'line\nline\ttab\r\n',
      '\ufeffx',
      '😀'.repeat(2_000),
      '\u202etxet',
      'e\u0301',
      '👩‍👩‍👧',
      '\u00a0x',
    ]) {
      const { body } = await rest(stack, 'ana').call<Message>('POST', path(), { content })
      const kept = content.replace('\r\n', '\n').normalize()
      expect(body.content).toBe(kept)
      expect((await rest(stack, 'ben').call<Message>('GET', `/messages/${body.id}`)).body.content).toBe(kept)
    }
    const { body: sent } = await rest(stack, 'ana').call<Message>('POST', path(), { content: 'to be edited' })
    for (const content of [' ', 'x'.repeat(2_001), '\u0000'])
      expect(await v1('PATCH', `/messages/${sent.id}`, { content })).toMatchObject(invalid('/content'))
  })

  test('what a message holds besides its words: wrong kinds, payloads, answers and attachments are refused', async () => {
    const place = { latitude: 1, longitude: 1 }
    const wrong: [place: string, body: object][] = [
      ...[null, 1, 'x', [], [1]].map((payload): [string, object] => ['/payload', { type: 'location', payload }]),
      ...[1, null, '', 'X', 'a b', '__proto__x', 'x'.repeat(41)].map((type): [string, object] => ['/type', { type }]),
      ['/payload', { type: 'location', payload: { ...place, address: 'a\u0000b' } }],
      ['/payload', { type: 'location', payload: { ...place, address: '\ud800' } }],
      ['/payload', { type: 'location', payload: { ...place, address: 'x'.repeat(10_000) } }],
      ['/payload/latitude', { type: 'location', payload: { ...place, latitude: '1' } }],
      ['/payload/toString', { type: 'location', payload: { ...place, toString: 1 } }],
      ['/payload', { content: 'x', payload: place }],
      ['/replyTo', { content: 'x', replyTo: 'no id' }],
      ['/replyTo', { content: 'x', replyTo: unknownId }],
      ['/attachments/0', { content: 'x', attachments: ['a'] }],
      ['/attachments/1', { attachments: [unknownId, unknownId] }],
      ['/attachments', { content: 'x', attachments: Array(51).fill(unknownId) }],
      ['/attachments', { type: 'location', payload: place, attachments: [unknownId] }],
      ['/attachments', { content: 'x', attachments: 'a' }],
      ['/attachments', { type: 'image' }],
      ['/silent', { content: 'x', silent: 'yes' }],
    ]
    for (const [pointer, body] of wrong)
      expect([body, await v1('POST', path(), body)]).toMatchObject([body, invalid(pointer)])
  })

  test('files: wrong ids, parts, links and forms are refused before anything is looked for', async () => {
    const at = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${stack.storageUrls[0]}/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${stack.token('ana')}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/)
      return { ...((await response.json()) as Refusal), status: response.status }
    }
    const file = `/attachments/${unknownId}`
    for (const id of [
      'x',
      '%00',
      '..%2f..%2fetc%2fpasswd',
      '01900000-0000-7000-8000-00000000000A',
      `${unknownId}0`,
      '%F0%9F%98%80',
    ]) {
      for (const path of ['', '/content', '/variants/thumbnail'])
        expect([id, await at('GET', `/attachments/${id}${path}`)]).toMatchObject([id, invalid('/attachmentId')])
      for (const path of ['', '/medium'])
        expect([id, await at('GET', `/pictures/${id}${path}`)]).toMatchObject([id, invalid('/attachmentId')])
      expect([id, await at('DELETE', `/attachments/${id}`)]).toMatchObject([id, invalid('/attachmentId')])
      expect([id, await at('POST', `/attachments/${id}/link`, {})]).toMatchObject([id, invalid('/attachmentId')])
    }
    for (const variant of ['large', 'original', 'toString', '%00'])
      for (const path of [`${file}/variants/${variant}`, `/pictures/${unknownId}/${variant}`])
        expect([path, await at('GET', path)]).toMatchObject([path, invalid('/variant')])
    expect(await at('GET', `${file}/content?disposition=shown`)).toMatchObject(invalid('/disposition'))
    expect(await at('GET', `${file}/content?width=100`)).toMatchObject(invalid('/width', 'unknown_field'))
    for (const [pointer, body] of [
      ['/variant', { variant: 'large' }],
      ['/variant', { variant: null }],
      ['/disposition', { disposition: 1 }],
      ['/expiresAt', { expiresAt: '2099-01-01T00:00:00Z' }],
      ['', []],
    ] as const)
      expect([body, await at('POST', `${file}/link`, body)]).toMatchObject([body, invalid(pointer)])
    expect(await at('POST', `${file}/link`, '{"variant":')).toMatchObject({ status: 400, code: 'malformed' })
    expect((await at('GET', `/attachments/link/${'x'.repeat(401)}`)).status).toBeGreaterThanOrEqual(400)
    expect(await at('GET', '/attachments/link/x.y.z.a.b.c')).toMatchObject({ status: 404, code: 'not_found' })
    for (const range of [
      'bytes=',
      'bytes=a-b',
      'bytes=5-2',
      'bytes=-0',
      `bytes=${'0-1,'.repeat(500)}`,
      '💥'.length.toString(),
    ])
      expect([range, await at('GET', `${file}/content`, undefined, { range })]).toMatchObject([range, { status: 404 }])
    for (const userId of ['%00', 'a%0Ab', 'x'.repeat(129)])
      expect((await at('DELETE', `/admin/users/${userId}/attachments`)).status).toBe(422)
    expect(await at('POST', '/attachments', {})).toMatchObject({ status: 415, code: 'unsupported_media_type' })
    for (const [method, path] of [
      ['PUT', file],
      ['POST', '/pictures'],
      ['GET', '/attachments'],
      ['PATCH', `${file}/link`],
    ] as const)
      expect([path, (await at(method, path)).status]).toEqual([path, 404])
    expect(await at('GET', file)).toMatchObject({ status: 404, code: 'not_found' })
  })

  test('passing on: no places, too many, wrong ones and wrong keys are refused', async () => {
    const { body: sent } = await rest(stack, 'ana').call<Message>('POST', path(), { content: 'to be passed on' })
    const forward = (body?: unknown, id = sent.id) => v1('POST', `/messages/${id}/forward`, body)
    for (const conversationIds of [undefined, null, [], unknownId, ['1'], [1], [[]], Array(21).fill(direct.id)])
      expect([conversationIds, await forward({ conversationIds })]).toMatchObject([
        conversationIds,
        { status: 422, code: 'invalid_input' },
      ])
    expect((await forward()).status).toBe(422)
    const conversationIds = [direct.id]
    for (const clientId of ['', 'x'.repeat(65), 'a\nb', 1, '\ud800'])
      expect([clientId, await forward({ conversationIds, clientId })]).toMatchObject([clientId, invalid('/clientId')])
    for (const more of [{ content: 'other words' }, { as: 'ben' }])
      expect(await forward({ conversationIds, ...more })).toMatchObject(
        invalid(`/${Object.keys(more)[0]}`, 'unknown_field'),
      )
    expect(await forward({ conversationIds }, '1')).toMatchObject({ status: 422 })
    expect(await forward({ conversationIds }, unknownId)).toMatchObject({ status: 404, code: 'not_found' })
    // a place that is not theirs is an outcome of its own
    expect(await forward({ conversationIds: [unknownId, direct.id, direct.id] })).toMatchObject({
      status: 200,
      data: [{ error: { code: 'not_found' } }, { error: null }, { error: null }],
    })
  })

  test('deciding: actions, times, reasons, counter-offers and states that cannot be are refused', async () => {
    const offer = { title: 'Logo', amount: 25_000, currency: 'EUR' }
    const times = { requestedFor: [{ start: '2099-05-04T10:00:00Z', timeZone: 'Europe/Berlin' }] }
    const send = async (body: object, by = 'ben') => (await rest(stack, by).call<Message>('POST', path(), body)).body
    const offered = await send({ type: 'service_offer', payload: offer })
    const booking = await send({ type: 'booking_request', payload: { title: 'Lesson', ...times } })
    const text = await send({ content: 'x' })
    const act = (action: string, body: unknown = {}, { id } = offered) =>
      v1('POST', `/messages/${id}/actions/${encodeURIComponent(action)}`, body)
    for (const action of ['sell', 'expire', 'complete', 'toString', '%00', ' '])
      expect([action, await act(action)]).toMatchObject([action, invalid('/action')])
    expect([await act('accept', {}, text), await act('confirm')]).toMatchObject([
      invalid('/action'),
      invalid('/action'),
    ])
    const [chosen] = times.requestedFor
    expect(await act('accept', { chosen })).toMatchObject(invalid('/chosen', 'action'))
    for (const wrong of [null, 1, {}, { start: chosen!.start }, { ...chosen, end: 1 }, { ...chosen, start: 'soon' }])
      expect([wrong, await act('confirm', { chosen: wrong }, booking)]).toMatchObject([wrong, { status: 422 }])
    for (const start of ['2099-05-05T10:00:00Z', '9999-12-31T23:59:60Z', '0000-01-01T00:00:00Z'])
      expect([start, await act('confirm', { chosen: { ...chosen, start } }, booking)]).toMatchObject([
        start,
        { status: 422, code: 'invalid_input' },
      ])
    const reasons = ['', ' ', 'a\u0000b', 'a\u009bb', '\ud800', 'x'.repeat(501), 1, null]
    for (const reason of reasons)
      expect([reason, await act('decline', { reason })]).toMatchObject([reason, invalid('/reason')])
    for (const [at, payload] of [
      ['/payload', undefined],
      ['/payload', [offer]],
      ['/payload', { ...offer, note: 'a\u0000' }],
      ['/payload/amount', { ...offer, amount: '1' }],
      ['/payload/status', { ...offer, status: 'accepted' }],
      ['/payload/currency', { ...offer, currency: 'QQQ' }],
      ['/payload/expiresAt', { ...offer, expiresAt: '2001-01-01T00:00:00Z' }],
    ] as const)
      expect([payload, await act('counter', { payload })]).toMatchObject([payload, invalid(at)])
    expect(await act('accept', { payload: offer })).toMatchObject(invalid('/payload', 'action'))
    expect(await act('counter', { payload: offer, clientId: '' })).toMatchObject(invalid('/clientId'))
    expect(await act('accept', { status: 'accepted' })).toMatchObject(invalid('/status', 'unknown_field'))
    expect(await act('accept', { as: 'ben' })).toMatchObject({ status: 403, code: 'forbidden' })
    expect(await act('accept', {}, { ...text, id: '1' })).toMatchObject({ status: 422 })
    expect(await act('accept', {}, { ...text, id: unknownId })).toMatchObject({ status: 404, code: 'not_found' })

    const backend = rest(stack, 'backend', stack.token('backend', { role: 'service' })).call
    const put = async (body: unknown, { id } = offered) => {
      const reply = await backend<Refusal>('PUT', `/messages/${id}/state`, body)
      return { ...reply.body, status: reply.status }
    }
    for (const status of [undefined, null, '', 'pending', 'accepted', 'expired', 1])
      expect([status, await put({ status })]).toMatchObject([status, invalid('/status')])
    for (const reason of reasons)
      expect([reason, await put({ status: 'refused', reason })]).toMatchObject([reason, invalid('/reason')])
    expect(await put({ status: 'refused', by: 'ana' })).toMatchObject(invalid('/by', 'unknown_field'))
    expect((await put({ status: 'refused' }, text)).status).toBe(422)
    expect(await put({ status: 'refused' }, { ...text, id: '1' })).toMatchObject({ status: 422 })
    expect(await put({ status: 'refused' }, { ...text, id: unknownId })).toMatchObject({ status: 404 })
    expect(await put({ status: 'completed' })).toMatchObject({ status: 409, code: 'already_decided' })
    expect(await v1('PUT', `/messages/${offered.id}/state`, { status: 'refused' })).toMatchObject({ status: 403 })
    // nothing of all that has changed anything
    const { body: left } = await rest(stack, 'ana').call<Message>('GET', `/messages/${offered.id}`)
    expect(left.payload).toMatchObject({ ...offer, status: 'pending' })
  })

  test('ids: no UUID is invalid_input, an unknown one not_found', async () => {
    for (const id of ['1', 'null', unknownId.toUpperCase().replace('8', 'G'), `${unknownId}0`, "1' OR '1'='1", '%00']) {
      const encoded = id.includes('%') ? id : encodeURIComponent(id)
      for (const url of [`/conversations/${encoded}`, `/conversations/${encoded}/messages`, `/messages/${encoded}`])
        expect([url, await v1('GET', url)]).toMatchObject([url, { status: 422, code: 'invalid_input' }])
    }
    for (const url of [`/conversations/${unknownId}`, `/conversations/${unknownId}/messages`, `/messages/${unknownId}`])
      expect([url, await v1('GET', url)]).toMatchObject([url, { status: 404, code: 'not_found' }])
    expect(await v1('POST', `/conversations/${unknownId}/messages`, { content: 'x' })).toMatchObject({ status: 404 })
    expect(await v1('DELETE', `/messages/${unknownId}?for=nobody`)).toMatchObject(invalid('/for'))
    for (const messageIds of [[], ['1'], Array(101).fill(unknownId), unknownId])
      expect((await v1('POST', '/messages/delete', { messageIds })).code).toBe('invalid_input')
    for (const query of ['emoji=ok', 'cursor=WzFd', 'limit=0'])
      expect((await v1('GET', `/messages/${unknownId}/reactions?${query}`)).code).toBe('invalid_input')
    for (const until of [
      undefined,
      1,
      '',
      'tomorrow',
      '2026-02-30T00:00:00Z',
      '2020-01-01T00:00:00Z',
      '2026-06-30T23:59:60Z',
    ])
      expect([until, await v1('PUT', `/conversations/${direct.id}/mute`, { until })]).toMatchObject([
        until,
        invalid('/until'),
      ])
    for (const content of ['', ' ', '\u0000', '\ud800', 'x'.repeat(10_001), null])
      expect([content, await v1('PUT', `/conversations/${direct.id}/draft`, { content })]).toMatchObject([
        content,
        invalid('/content'),
      ])
    for (const replyTo of ['1', unknownId])
      expect(await v1('PUT', `/conversations/${direct.id}/draft`, { content: 'x', replyTo })).toMatchObject(
        invalid('/replyTo'),
      )
    for (const query of ['q=', 'q=%20', 'q=%00', `q=${'x'.repeat(101)}`, 'archived=2'])
      expect([query, (await v1('GET', `/conversations?${query}`)).code]).toEqual([query, 'invalid_input'])
    for (const userId of ['', 'a\nb', 'x'.repeat(129), '\ud800', 1, '\u2028', '\ufeffana', 'a\u200bna', 'ana\u202e'])
      expect(await v1('POST', '/messages', { to: userId, content: 'x' })).toMatchObject(invalid('/to'))
    expect(await v1('POST', '/messages', { content: 'x' })).toMatchObject(invalid('/conversationId', 'target'))
    expect(await v1('POST', '/messages', { to: 'ben', conversationId: direct.id, content: 'x' })).toMatchObject(
      invalid('/conversationId', 'target'),
    )
    for (const url of ['/v1/conversations/%E0%A4%A', '/v1/messages/%'])
      expect([url, await request('GET', url)]).toMatchObject([url, { status: 400, code: 'malformed' }])
  })

  test('cursors: garbage, forged ones and those of another list are refused', async () => {
    const group = await rest(stack, 'ana').group(['ben', 'joe'])
    for (let i = 0; i < 3; i++) await v1('POST', `/conversations/${group.id}/messages`, { content: `m${i}` })
    const next = async (url: string) =>
      (await rest(stack, 'ana').call<{ nextCursor: string }>('GET', url)).body.nextCursor
    const own = {
      messages: await next(`/conversations/${group.id}/messages?limit=1`),
      conversations: await next('/conversations?limit=1'),
      participants: await next(`/conversations/${group.id}/participants?limit=1`),
      sync: group.cursor,
    }
    const urls = {
      messages: `/conversations/${group.id}/messages`,
      conversations: '/conversations',
      participants: `/conversations/${group.id}/participants`,
    }
    const forged: unknown[] = [
      null,
      {},
      [],
      [1],
      ['before', -1],
      ['before', 1e300],
      ['sideways', 1],
      ['before', '1'],
      ['a', 'b'],
      ['2026-01-01T00:00:00Z', 'not-a-uuid'],
      ['+275760-09-13T00:00:00.000Z', unknownId],
      ['-000001-01-01T00:00:00.000Z', unknownId],
      ['0', unknownId],
      ['Jan 1 2026 (\u0000)', unknownId],
      ['2026-02-31T00:00:00.0Z', unknownId],
      ['2026-06-30T23:59:60.0Z', unknownId],
      ['\u0000'],
      ['\ud800'],
      ['x'.repeat(300)],
      ['before', 1, 'more'],
    ]
    const tokens = [...forged.map(cursorOf), 'AAAA', '-', 'x'.repeat(512)]
    for (const [list, url] of Object.entries(urls)) {
      const others = Object.entries(own).filter(([name]) => name !== list)
      for (const cursor of [...tokens, ...others.map(([, other]) => other)]) {
        const reply = await v1('GET', `${url}?cursor=${cursor}`)
        // a text that might be a user's id is a place in the list of participants
        if (list === 'participants' && reply.status === 200) continue
        expect([list, Buffer.from(cursor, 'base64url').toString(), reply]).toMatchObject([
          list,
          expect.any(String),
          { status: 422, code: 'invalid_input' },
        ])
      }
      for (const cursor of ['', 'a b', 'é', 'x'.repeat(513)])
        expect(await v1('GET', `${url}?cursor=${encodeURIComponent(cursor)}`)).toMatchObject(invalid('/cursor'))
    }
    const { sync: _sync, ...lists } = own
    for (const cursor of [...tokens, ...Object.values(lists), cursorOf([1, 1, 1]), cursorOf([-1, 1, 1, 1])]) {
      const reply = await v1('POST', '/sync', { cursors: [{ conversationId: group.id, cursor }] })
      expect([cursor, reply]).toMatchObject([cursor, { status: 422, code: 'invalid_input' }])
    }
    const huge = cursorOf(Array(4).fill(Number.MAX_SAFE_INTEGER))
    expect(await v1('POST', '/sync', { cursors: [{ conversationId: group.id, cursor: huge }] })).toMatchObject({
      status: 200,
    })
  })

  test('X-rays of what is no message', async () => {
    const admin = rest(stack, 'moderator', stack.token('moderator', { role: 'admin' })).call
    for (const id of ['7', `${unknownId}0`, encodeURIComponent('../policy')])
      expect([id, (await admin('GET', `/admin/messages/${id}/xray`)).status]).toEqual([id, 422])
    expect((await admin('GET', `/admin/messages/${unknownId}/xray`)).status).toBe(404)
  })

  test('cursors of the lists of admins, likewise', async () => {
    const admin = rest(stack, 'moderator', stack.token('moderator', { role: 'admin' })).call
    const group = await rest(stack, 'ana').group(['ben'])
    for (const { id: conversationId } of [direct, group]) {
      await v1('POST', '/reports', { conversationId, reason: 'other' })
      await admin('GET', `/admin/conversations/${direct.id}`)
    }
    const lists = ['/admin/audit', '/admin/reports', '/admin/conversations']
    const next = async (url: string) => (await admin<{ nextCursor: string }>('GET', `${url}?limit=1`)).body.nextCursor
    const own = await Promise.all(lists.map(next))
    const forged = [['1'.repeat(30)], ['abc'], ['-'.repeat(36)], [''], ['0000-01-01T00:00:00.0Z', unknownId]]
    for (const [i, url] of lists.entries()) {
      expect((await admin('GET', `${url}?cursor=${own[i]}`)).status).toBe(200)
      for (const cursor of [...own.filter((_, of) => of !== i), ...forged.map(cursorOf)])
        expect([url, cursor, await admin('GET', `${url}?cursor=${cursor}`)]).toMatchObject([
          url,
          cursor,
          { status: 422, body: { code: 'invalid_input' } },
        ])
    }
  })

  test('scheduled messages: times, targets and bodies that cannot be are refused', async () => {
    const schedule = (more: object) =>
      v1('POST', '/scheduled-messages', { conversationId: direct.id, content: 'x', ...more })
    const sendAt = new Date(Date.now() + 3_600_000).toISOString()
    const times = ['yesterday', '2026-01-01', '', 1, null, '2001-01-01T00:00:00Z', '9999-12-31T23:59:59Z']
    for (const bad of [...times, '0000-01-01T00:00:00Z', '2026-13-01T00:00:00Z', '9999-12-31T23:59:60Z'])
      expect([bad, await schedule({ sendAt: bad })]).toMatchObject([bad, invalid('/sendAt')])
    expect(await schedule({})).toMatchObject(invalid('/sendAt', 'required'))
    expect(await schedule({ sendAt, content: ' ' })).toMatchObject(invalid('/content'))
    expect(await schedule({ sendAt, to: 'ben' })).toMatchObject(invalid('/conversationId', 'target'))
    expect(await schedule({ sendAt, conversationId: unknownId })).toMatchObject({ status: 404, code: 'not_found' })
    const made = (await schedule({ sendAt })) as Refusal & { id?: string }
    const change = (body: object) => v1('PATCH', `/scheduled-messages/${made.id}`, body)
    expect(await change({ content: '' })).toMatchObject(invalid('/content'))
    expect(await change({ sendAt: '2001-01-01T00:00:00Z' })).toMatchObject(invalid('/sendAt', 'past'))
    expect(await change({ to: 'joe' })).toMatchObject(invalid('/to', 'unknown_field'))
    expect(await change({ payload: {} })).toMatchObject({ status: 422 })
    for (const id of ['1', `${unknownId}0`, "1' OR '1'='1"])
      expect(await v1('DELETE', `/scheduled-messages/${encodeURIComponent(id)}`)).toMatchObject({ status: 422 })
    for (const fields of [['a', 'b'], [sendAt], ['0', unknownId], [sendAt, 'not-a-uuid']])
      expect(await v1('GET', `/scheduled-messages?cursor=${cursorOf(fields)}`)).toMatchObject(invalid('/cursor'))
  })

  test('held messages and whom to ask before sending: what is none is refused', async () => {
    const admin = rest(stack, 'moderator', stack.token('moderator', { role: 'admin' })).call
    for (const id of ['1', `${unknownId}0`, "1' OR '1'='1"])
      for (const what of ['release', 'refuse'])
        expect((await admin('POST', `/admin/held-messages/${encodeURIComponent(id)}/${what}`, {})).status).toBe(422)
    expect((await admin('POST', `/admin/held-messages/${unknownId}/release`, {})).status).toBe(404)
    for (const reason of ['', ' ', 'a\u0000', 'x'.repeat(301), 1])
      expect([reason, await admin('POST', `/admin/held-messages/${unknownId}/refuse`, { reason })]).toMatchObject([
        reason,
        { status: 422, body: { code: 'invalid_input' } },
      ])
    for (const query of ['cursor=1', `cursor=${cursorOf(['a'])}`, 'limit=0', 'limit=101', 'conversationId=1'])
      for (const [list, call] of [
        ['/held-messages', rest(stack, 'ana').call],
        ['/admin/held-messages', admin],
      ] as const)
        expect([list, query, await call('GET', `${list}?${query}`)]).toMatchObject([list, query, { status: 422 }])
    const hook = { webhookId: unknownId, onFailure: 'allow' }
    for (const preSendHook of [
      'no',
      { ...hook, webhookId: 'x' },
      { ...hook, onFailure: 'never' },
      { webhookId: unknownId },
      { ...hook, deadlineMs: 99 },
      { ...hook, deadlineMs: 4_001 },
      { ...hook, deadlineMs: 1_000.5 },
      { ...hook, kinds: [] },
      { ...hook, kinds: ['channel'] },
      { ...hook, url: 'https://example.com' },
      // there is no such webhook
      hook,
    ])
      expect([preSendHook, await admin('PUT', '/admin/policy', { moderation: { preSendHook } })]).toMatchObject([
        preSendHook,
        { status: 422, body: { code: 'invalid_input' } },
      ])
  })

  test('canned replies: shortcuts, texts and places that cannot be are refused', async () => {
    for (const shortcut of ['a b', '.a', 'x'.repeat(41), 'a/b', '\u200b', "1' OR '1'='1"])
      for (const method of ['PUT', 'DELETE'])
        expect([
          shortcut,
          await v1(
            method,
            `/canned-replies/${encodeURIComponent(shortcut)}`,
            method === 'PUT' ? { text: 'x' } : undefined,
          ),
        ]).toMatchObject([shortcut, invalid('/shortcut')])
    for (const text of [
      '',
      ' ',
      'x'.repeat(2_001),
      '\u0000',
      '\ud800',
      1,
      null,
      '{{nme}}',
      'a {{ }}',
      'a {{name',
      '{{constructor}}',
    ])
      expect([text, await v1('PUT', '/canned-replies/a', { text })]).toMatchObject([text, invalid('/text')])
    expect(await v1('PUT', '/canned-replies/a', { text: 'x', roles: ['a'] })).toMatchObject(invalid('/roles'))
    for (const fields of [['a'], ['a', 'mine'], [' ', 'own'], ['a\u0000', 'own'], [1, 'own'], ['x'.repeat(201), 'own']])
      expect(await v1('GET', `/canned-replies?cursor=${cursorOf(fields)}`)).toMatchObject(invalid('/cursor'))
    for (const q of ['', 'x'.repeat(81), '%00'])
      expect(await v1('GET', `/canned-replies?q=${q}`)).toMatchObject(invalid('/q'))
  })

  test('sync: times and lists that cannot be are refused', async () => {
    for (const since of [
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
      '2016-12-31T23:59:60Z',
      '2026-01-01T00:00:00+23:00',
      'yesterday',
      '2026-13-01T00:00:00Z',
      '2026-01-01',
      1,
      '',
      '2026-01-01T00:00:00',
    ])
      expect([since, await v1('POST', '/sync', { cursors: [], since })]).toMatchObject([since, invalid('/since')])
    for (const since of ['9999-12-31T23:59:59Z', '2026-01-01T00:00:00+14:00', '0001-01-01T00:00:00Z'])
      expect((await v1('POST', '/sync', { cursors: [], since })).status, since).toBeLessThan(500)
    const cursors = Array.from({ length: 201 }, () => ({ conversationId: unknownId, cursor: null }))
    expect(await v1('POST', '/sync', { cursors })).toMatchObject(invalid('/cursors'))
    const twice = [
      { conversationId: direct.id, cursor: null },
      { conversationId: direct.id, cursor: null },
    ]
    expect((await v1('POST', '/sync', { cursors: twice })).status).toBeLessThan(500)
  })

  test('pages: limits and positions that cannot be are refused', async () => {
    for (const limit of ['0', '101', 'abc', '-1', '1.5', '', '1e2', '0x10', '1&limit=2'])
      for (const url of [path(), '/conversations', `/conversations/${direct.id}/participants`])
        expect([limit, await v1('GET', `${url}?limit=${limit}`)]).toMatchObject([limit, invalid('/limit')])
    for (const query of ['before=5&after=1', 'around=1&before=2', `after=1&cursor=${cursorOf(['before', 1])}`])
      expect([query, await v1('GET', `${path()}?${query}`)]).toMatchObject([query, invalid('/cursor', 'position')])
    for (const query of ['before=-1', 'after=x', 'around=9007199254740992'])
      expect([query, await v1('GET', `${path()}?${query}`)]).toMatchObject([query, { status: 422 }])
    for (const query of ['before=9007199254740991', 'after=9007199254740991', 'around=9007199254740991', 'around=0'])
      expect([query, await v1('GET', `${path()}?${query}`)]).toMatchObject([query, { status: 200 }])
    expect(await v1('PUT', `/conversations/${direct.id}/read`, { seq: 2 ** 53 - 1 })).toMatchObject({ status: 200 })
  })

  test('groups: too many, repeated and absent people, bad titles and metadata', async () => {
    const group = (more: object) =>
      v1('POST', '/conversations', { kind: 'group', participants: [{ userId: 'ben' }], ...more })
    const people = (n: number) => ({ participants: Array.from({ length: n }, (_, i) => ({ userId: `p${i}` })) })
    expect(await group({ participants: [] })).toMatchObject(invalid('/participants'))
    expect(await group(people(500))).toMatchObject(invalid('/participants'))
    expect(await group({ participants: [{ userId: 'ben' }, { userId: 'ben' }] })).toMatchObject(
      invalid('/participants'),
    )
    expect(await group({ kind: 'context' })).toMatchObject(invalid('/kind'))
    expect(await group({ kind: 'direct', ...people(2) })).toMatchObject(invalid('/participants'))
    expect(await group({ kind: 'direct', participants: [{ userId: 'ana' }] })).toMatchObject(invalid('/participants'))
    for (const title of ['', 'x'.repeat(201), 'a\u0000', '\ud800', 1])
      expect([title, await group({ title })]).toMatchObject([title, invalid('/title')])
    const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    const withMetadata = (metadata: string) =>
      request('POST', '/v1/conversations', `{"kind":"group","participants":[{"userId":"ben"}],"metadata":${metadata}}`)
    const refused = {
      'too large': JSON.stringify({ a: 'x'.repeat(9_000) }),
      'too large in bytes': JSON.stringify({ a: '😀'.repeat(3_000) }),
      'too many': JSON.stringify(Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 1]))),
      'a long key': JSON.stringify({ ['k'.repeat(65)]: 1 }),
      'a NUL': '{"a":"\\u0000"}',
      'a NUL in a key': '{"\\u0000":1}',
      'a NUL deep inside': '{"a":[{"b":"x\\u0000"}]}',
      'half a character': '{"a":"\\ud800"}',
      'half a character in a key': '{"a":{"\\udc00":1}}',
      deep: nested(1_000),
      'very deep': nested(200_000),
      'an array': '[1]',
      text: '"a"',
    }
    for (const [what, metadata] of Object.entries(refused))
      expect([what, await withMetadata(metadata)]).toMatchObject([what, { status: 422, code: 'invalid_input' }])
    expect(await withMetadata('{"a":{"b":[1,null,"é\\n"]},"":1}')).toMatchObject({ status: 201 })
  })

  test('keys that reach for prototypes are refused wherever they stand', async () => {
    for (const key of ['__proto__', 'constructor']) {
      const poison = key === 'constructor' ? '{"prototype":{"admin":true}}' : '{"admin":true}'
      const bodies = [
        `{"content":"x","${key}":${poison}}`,
        `{"kind":"group","participants":[{"userId":"ben"}],"metadata":{"${key}":${poison}}}`,
        `{"kind":"group","participants":[{"userId":"ben","${key}":${poison}}]}`,
      ]
      for (const [i, body] of bodies.entries()) {
        const reply = await request('POST', i === 0 ? `/v1${path()}` : '/v1/conversations', body)
        expect([body, reply]).toMatchObject([body, { status: 400, code: 'malformed' }])
      }
      expect(await v1('GET', `${path()}?${key}=1`)).toMatchObject({ status: 422 })
      expect((await v1('POST', '/messages', { to: key, content: 'x' })).status).toBe(201)
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('content types, sizes, routes and methods', async () => {
    const form = { 'content-type': 'multipart/form-data; boundary=x' }
    expect(await v1('POST', path(), { content: 'x' }, form)).toMatchObject({ status: 400, code: 'malformed' })
    expect(await v1('POST', '/messages', { content: 'x' }, form)).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    })
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'x'])
      expect([type, await v1('POST', path(), { content: 'x' }, { 'content-type': type })]).toMatchObject([
        type,
        { status: 415, code: 'unsupported_media_type' },
      ])
    expect(await v1('POST', path(), { content: 'x'.repeat(1024 * 1024) })).toMatchObject({
      status: 413,
      code: 'payload_too_large',
    })
    for (const url of ['/v1/nothing', '/nothing', '/v1', '/v2/me', '/v1/me/../../etc/passwd'])
      expect([url, await request('GET', url)]).toMatchObject([url, { status: 404, code: 'not_found' }])
    for (const [method, url] of [
      ['PUT', '/v1/me'],
      ['DELETE', '/v1/conversations'],
      ['POST', `/v1/messages/${unknownId}`],
    ] as const)
      expect([url, await request(method, url)]).toMatchObject([url, { status: 404, code: 'not_found' }])
  })

  test('an idempotency key repeats what it made, and is refused with another body', async () => {
    const once = randomUUID()
    const key = { 'idempotency-key': once }
    const targets: [url: string, body: object, other: object][] = [
      [path(), { content: 'first' }, { content: 'second' }],
      ['/messages', { to: 'joe', content: 'first' }, { to: 'joe', content: 'second' }],
      [
        '/conversations',
        { kind: 'group', title: 'One', participants: [{ userId: 'ben' }] },
        { kind: 'group', title: 'Two', participants: [{ userId: 'ben' }] },
      ],
    ]
    for (const [i, [url, body, other]] of targets.entries()) {
      const first = (await v1('POST', url, body, key)) as Refusal & { id?: string }
      expect([url, first.status]).toEqual([url, 201])
      expect(await v1('POST', url, body, key)).toMatchObject({ status: 200, id: first.id })
      expect(await v1('POST', url, other, key)).toMatchObject({ status: 422, code: 'key_reused' })
      // the body's own key counts, whatever the header says
      expect(await v1('POST', url, { ...body, clientId: `own ${i} ${once}` }, key)).toMatchObject({ status: 201 })
    }
    for (const bad of ['', 'x'.repeat(65)])
      expect([bad, await v1('POST', path(), { content: 'x' }, { 'idempotency-key': bad })]).toMatchObject([
        bad,
        { status: 422, code: 'invalid_input' },
      ])
    for (const clientId of ['', 'x'.repeat(65), 'a\nb', 1, '\ud800'])
      expect([clientId, await v1('POST', path(), { content: 'x', clientId })]).toMatchObject([
        clientId,
        invalid('/clientId'),
      ])
  })
})
