import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Actor, MessageBody } from '@parley/contracts'
import { createHttpApp, createLogger } from '@parley/runtime'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeSendForms } from './send-forms.ts'

const CONVERSATION = '01900000-0000-7000-8000-000000000000'
const ids = ['01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-00000000000b']
const actor: Actor = { tenantId: 'default', userId: 'ana', role: 'user', hostRole: null, name: null, avatarUrl: null }

/** What came to the storage service, and how it answers. */
let uploads: { headers: IncomingMessage['headers']; text: string }[]
let answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
let sent: unknown[]
let app: FastifyInstance
const storage = createServer(async (incoming, response) => {
  // who is cut off in the middle has nothing to hear
  await Promise.resolve(answer(incoming, response)).catch(() => {})
})

async function take(incoming: IncomingMessage): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part)
  uploads.push({ headers: incoming.headers, text: Buffer.concat(parts).toString() })
}

const reply = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
const kept = (id: string) => ({ attachment: { id }, error: null })

beforeEach(async () => {
  uploads = []
  sent = []
  answer = async (incoming, response) => {
    await take(incoming)
    reply(response, 201, { data: ids.map(kept) })
  }
  await new Promise<void>((resolve) => storage.listen(0, '127.0.0.1', resolve))
  const url = () => `http://127.0.0.1:${(storage.address() as AddressInfo).port}`
  app = createHttpApp({ log: createLogger({ name: 'test', level: 'silent' }) })
  await app.register(
    async (v1) => {
      v1.addHook('onRequest', async (incoming) => {
        incoming.actor = actor
      })
      await takeSendForms(v1, { url })
      const handler = async ({ body }: { body: unknown }) => {
        sent.push(body)
        return {}
      }
      v1.post('/conversations/:conversationId/messages', { schema: { body: MessageBody } }, handler)
      v1.post('/messages', { schema: { body: MessageBody } }, handler)
    },
    { prefix: '/v1' },
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(async () => {
  storage.closeAllConnections()
  await Promise.all([app.close(), new Promise((resolve) => storage.close(resolve))])
})

const address = () => `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`

async function send(
  parts: Record<string, string>,
  files: File[] = [],
  path = `/conversations/${CONVERSATION}/messages`,
) {
  const form = new FormData()
  for (const [name, value] of Object.entries(parts)) form.append(name, value)
  for (const file of files) form.append('file', file)
  const response = await fetch(`${address()}/v1${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer of-ana' },
    body: form,
  })
  return { status: response.status, ...((await response.json()) as { code?: string; errors?: unknown[] }) }
}

const file = (name: string, content = 'x') => new File([content], name, { type: 'text/plain' })

test('a form with files is a message with what the storage service keeps of them, under a key of its own', async () => {
  const content = 'of ana '.repeat(500_000)
  const fields = {
    content: 'look',
    clientId: 'é1',
    silent: 'true',
    durationMs: '1000',
    attachments: JSON.stringify([ids[1]]),
  }
  answer = async (incoming, response) => {
    await take(incoming)
    reply(response, 201, { data: [kept(ids[0]!)] })
  }
  for (let times = 0; times < 2; times++)
    expect(await send(fields, [file('a "b" ü.txt', content)])).toMatchObject({ status: 200 })
  expect(sent[0]).toEqual({ content: 'look', clientId: 'é1', silent: true, attachments: [ids[1], ids[0]] })
  const [first, second] = uploads
  expect(first!.headers).toMatchObject({ authorization: 'Bearer of-ana' })
  expect(first!.headers['idempotency-key']).toMatch(/^[0-9a-f]{64}$/)
  expect(second!.headers['idempotency-key']).toBe(first!.headers['idempotency-key'])
  const form = await new Response(first!.text, {
    headers: { 'content-type': first!.headers['content-type']! },
  }).formData()
  expect([...form.keys()]).toEqual(['purpose', 'conversationId', 'durationMs', 'file'])
  expect(form.get('conversationId')).toBe(CONVERSATION)
  const passed = form.get('file') as File
  expect([passed.name, passed.type, await passed.text()]).toEqual(['a "b" ü.txt', 'text/plain', content])
  // without files nobody is asked
  expect(await send({ content: 'plain' })).toMatchObject({ status: 200 })
  expect(uploads).toHaveLength(2)
})

test('what the storage service refuses comes back as it is, and nothing is sent', async () => {
  const errors = [{ pointer: '/peaks', code: 'type', detail: 'x' }]
  const problem = { code: 'unsupported_media_type', detail: 'No such files here', errors }
  answer = async (incoming, response) => {
    incoming.resume()
    reply(response, 415, problem)
  }
  expect(await send({}, [file('a')])).toMatchObject({ status: 415, ...problem })
  answer = async (incoming, response) => {
    await take(incoming)
    const error = { code: 'payload_too_large', message: 'Too large' }
    reply(response, 201, { data: [kept(ids[0]!), { attachment: null, error }] })
  }
  expect(await send({}, [file('a'), file('b')])).toMatchObject({
    status: 413,
    code: 'payload_too_large',
    detail: 'Too large',
  })
  answer = (_, response) => void response.destroy()
  expect(await send({}, [file('a')])).toMatchObject({ status: 503, code: 'unavailable' })
  expect(sent).toEqual([])
})

test('a form that is none, or says what a message has not, is refused before anything of its files is passed on', async () => {
  const at = (pointer: string) => ({ status: 422, errors: [expect.objectContaining({ pointer })] })
  expect(await send({ colour: 'red' }, [file('a')])).toMatchObject(at('/colour'))
  expect(await send({ payload: '{' }, [file('a')])).toMatchObject(at('/payload'))
  expect(await send({ content: 'x' }, [file('a')], '/messages')).toMatchObject({ status: 415 })
  const raw = async (body: string, type = 'multipart/form-data; boundary=b') =>
    (
      await fetch(`${address()}/v1/conversations/${CONVERSATION}/messages`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      })
    ).status
  const part = (name: string, more = '') => `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\nx\r\n`
  expect(await raw(`${part('content')}${part('content')}--b--\r\n`)).toBe(422)
  expect(await raw(`${part('picture', '; filename="a"')}--b--\r\n`)).toBe(422)
  expect(await raw(`${part('file', '; filename="a"')}${part('content')}--b--\r\n`)).toBe(400)
  expect(await raw(part('content'))).toBe(400)
  expect(await raw('x', 'multipart/form-data')).toBe(400)
  expect(sent).toEqual([])
  expect(uploads.filter(({ text }) => !text.includes('filename="a"'))).toEqual([])
})

test('no more of a file is taken in than the storage service takes', async () => {
  let stalled: IncomingMessage | undefined
  let isCut = false
  answer = (incoming) => {
    stalled = incoming
    incoming.socket.on('close', () => {
      isCut = true
    })
  }
  const MB = 1024 * 1024
  const upload = request(`${address()}/v1/conversations/${CONVERSATION}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
  const refused = new Promise((resolve) => upload.on('error', resolve))
  upload.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n')
  let taken = 0
  const chunk = Buffer.alloc(MB)
  // as much as the sockets on the way hold, and what streams read ahead
  const flows = () =>
    new Promise<boolean>((resolve) => {
      if (upload.write(chunk)) return resolve(true)
      const timer = setTimeout(() => resolve(false), 1_000)
      upload.once('drain', () => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  while (taken < 200 && (await flows())) taken++
  expect(stalled).toBeDefined()
  expect(taken).toBeLessThan(64)
  upload.destroy()
  await refused
  // and none of it is left half way
  stalled!.resume()
  await expect.poll(() => isCut).toBe(true)
  expect(stalled!.complete).toBe(false)
  expect(sent).toEqual([])
})
