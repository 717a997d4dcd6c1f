import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { startClamd, type TestServer } from '@parley/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClamd } from './clamd.ts'

/** In two parts, so that no scanner takes this file for a virus. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')
const unavailable = { code: 'unavailable' }

describe('Debian’s clamd', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startClamd({ own: true })
  })
  afterAll(() => server?.stop())

  test('finds a virus, and nothing in what is clean', async () => {
    const scanner = createClamd({ url: server.url })
    await scanner.check()
    expect(await scanner.scan(Readable.from([Buffer.from(EICAR)]))).toMatchObject({
      clean: false,
      signature: expect.stringMatching(/^Eicar/),
    })
    expect(
      await scanner.scan(Readable.from([Buffer.from(EICAR.slice(0, 30)), Buffer.from(EICAR.slice(30))])),
    ).toMatchObject({ clean: false })
    expect(await scanner.scan(Readable.from([Buffer.from('hello')]))).toEqual({ clean: true })
    expect(await scanner.scan(Readable.from([Buffer.alloc(900_000, 1)]))).toEqual({ clean: true })
  })

  test('cannot say of what is longer than it takes', async () => {
    const parts = Array.from({ length: 64 }, () => Buffer.alloc(64 * 1024, 1))
    await expect(createClamd({ url: server.url }).scan(Readable.from(parts))).rejects.toMatchObject(unavailable)
  })
})

describe('a scanner that is not well', () => {
  const servers: Server[] = []
  afterAll(() => {
    for (const server of servers) server.close()
  })
  async function serve(handle: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => handle(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const address = server.address()
    return `tcp://127.0.0.1:${typeof address === 'object' && address?.port}`
  }

  test('is told from one that finds nothing: gone, silent, hanging up, or speaking of something else', async () => {
    const gone = await serve(() => {})
    servers.at(-1)?.close()
    const urls = [
      gone,
      'unix:/nowhere/clamd.sock',
      await serve(() => {}),
      await serve((socket) => socket.resume().end()),
      await serve((socket) => socket.resume().end('stream: OK')),
      await serve((socket) => socket.resume().end('COMMAND READ TIMED OUT\0')),
    ]
    for (const url of urls)
      await expect(
        createClamd({ url, patienceMs: 200 }).scan(Readable.from([Buffer.from('x')])),
        url,
      ).rejects.toMatchObject(unavailable)
  })

  test('is given a file as fast as it takes it, and not faster', async () => {
    const url = await serve((socket) => socket.pause())
    let read = 0
    const file = new Readable({
      highWaterMark: 64 * 1024,
      read() {
        read += 64 * 1024
        this.push(Buffer.alloc(64 * 1024))
      },
    })
    await expect(createClamd({ url, patienceMs: 300 }).scan(file)).rejects.toMatchObject(unavailable)
    expect(read).toBeLessThan(32 * 1024 * 1024)
    expect(file.destroyed).toBe(true)
  })
})
