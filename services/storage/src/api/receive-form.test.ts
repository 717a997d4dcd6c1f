import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import multipart from '@fastify/multipart'
import { createHttpApp, createLogger } from '@parley/runtime'
import { expect, onTestFinished, test } from 'vitest'
import { createIncomingFiles } from '../incoming/incoming-files.ts'
import { formLimits, receiveForm } from './receive-form.ts'

const log = createLogger({ name: 'test', level: 'silent' })
const MAX_BYTES = 100_000

test('a file without an end is refused while it comes, and one that is too large keeps those after it from nobody', async () => {
  const folder = join(tmpdir(), `parley-forms-${randomUUID()}`)
  const incoming = createIncomingFiles({ folder, log })
  await incoming.start()
  const app = createHttpApp({ log })
  await app.register(multipart, { limits: formLimits, throwFileSizeLimit: false })
  app.post('/', async (request) => {
    await using form = await incoming.open()
    const { files } = await receiveForm(request, form, async () => ({ maxBytes: MAX_BYTES }))
    return files.map(({ tooLarge, size }) => [tooLarge, size])
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(async () => {
    await app.close()
    await incoming.close()
    await rm(folder, { recursive: true, force: true })
  })
  const { port } = app.server.address() as AddressInfo

  const head = (boundary: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: text/plain\r\n\r\n`
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  socket.write(
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n',
  )
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
  socket.write(chunk(head('b')))
  const endless = setInterval(() => socket.write(chunk('x'.repeat(20_000))), 5)
  onTestFinished(() => clearInterval(endless))
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /)
  // and nothing of it stays
  await expect.poll(() => incoming.bytes()).toBe(0)

  const form = new FormData()
  form.append('file', new Blob(['x'.repeat(5 * MAX_BYTES)]), 'large')
  form.append('file', new Blob(['small']), 'small')
  const bounded = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: form })
  expect(await bounded.json()).toEqual([
    [true, 5 * MAX_BYTES],
    [false, 5],
  ])
})
