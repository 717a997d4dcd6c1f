import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Message } from '@parley/contracts'
import { badFiles } from '@parley/storage/testing'
import { type OwnedServer, startClamd } from '@parley/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rest, type TestRest } from '../stack/test-client.ts'
import { startEmbeddedStack, type TestStack } from '../stack/test-stack.ts'
import { files } from './file-client.ts'

/** In two parts, so that no scanner takes this file for a virus. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')

let clamd: OwnedServer
let stack: TestStack
let ana: TestRest
let ben: TestRest
let conversationId: string
beforeAll(async () => {
  clamd = await startClamd({ own: true })
  stack = await startEmbeddedStack({
    env: { CLAMD_URL: clamd.url },
    previewOf: async () => ({ title: 'Two rooms', description: null, siteName: 'Shop', imageFile: undefined }),
  })
  ana = rest(stack, 'ana')
  ben = rest(stack, 'ben')
  conversationId = (await ana.direct('ben')).id
})
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]()
  await clamd?.stop()
})

const send = async (body: object) => {
  const { body: sent, status } = await ana.call<Message>('POST', `/conversations/${conversationId}/messages`, body)
  expect(status, JSON.stringify(sent)).toBe(201)
  return sent
}
const asSeen = async ({ id }: Message) => (await ben.messages(conversationId)).find((message) => message.id === id)!

describe('files that mean no good', () => {
  test.each(badFiles)('$title', async ({ name, mime, bytes, outcome }) => {
    const { body } = await files(stack, 'ana').upload({ conversationId }, [{ name, type: mime, bytes: await bytes() }])
    if (typeof outcome === 'string') return expect(body).toMatchObject({ code: outcome })
    const { without: _without, ...kept } = outcome
    expect(body).toMatchObject({ data: [{ attachment: kept }] })
  })

  test('leave nothing on the disk', async () => {
    const incoming = join(stack.dataFolder, 'attachments', 'incoming')
    const [own] = await readdir(incoming)
    await expect.poll(() => readdir(join(incoming, own!))).toEqual([])
  })
})

test('a virus is found, told to those who see its message, and never handed out; what is clean is', async () => {
  // what is found before it is sent is refused, and there would be nobody to tell
  await clamd.kill('SIGSTOP')
  const virus = await files(stack, 'ana').text(conversationId, EICAR)
  const clean = await files(stack, 'ana').text(conversationId, 'hello')
  expect(virus.status).toBe('pending')
  const message = await send({ attachments: [virus.id, clean.id] })
  await clamd.kill('SIGCONT')
  await expect
    .poll(async () => (await asSeen(message)).attachments.map(({ status }) => status))
    .toEqual(['infected', 'ready'])
  const read = (id: string) => files(stack, 'ben').get(`/attachments/${id}/content`)
  expect((await read(virus.id)).status).toBe(410)
  expect(await (await read(clean.id)).text()).toBe('hello')
})

test('a link gets its card where the rules want it', async () => {
  const host = rest(stack, 'host', stack.token('host', { role: 'service' }))
  expect((await host.call('PUT', '/admin/policy', { attachments: { linkPreviews: true } })).status).toBe(200)
  const message = await send({ content: 'see https://shop.example/flat' })
  await expect
    .poll(async () => (await asSeen(message)).linkPreview)
    .toMatchObject({ url: 'https://shop.example/flat', title: 'Two rooms', siteName: 'Shop', image: null })
})
