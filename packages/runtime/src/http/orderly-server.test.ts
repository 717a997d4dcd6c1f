import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { OrderlyServer, type OrderlyServerOptions, takeTimeFor } from './orderly-server.ts'
import { securityHeaders } from './security-headers.ts'

/** More than the system takes for a client that does not read. */
const BIG = Buffer.alloc(24 * 1024 * 1024, 'x')

const cleanups: (() => void)[] = []
afterEach(() => cleanups.splice(0).forEach((cleanup) => void cleanup()))

async function serve(handle: RequestListener, options?: OrderlyServerOptions) {
  const server = new OrderlyServer(handle, options)
  const accepted: Socket[] = []
  server.on('connection', (socket) => accepted.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.close()
    server.cutAll()
  })
  const open = () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    socket.on('error', () => {})
    cleanups.push(() => socket.destroy())
    return socket
  }
  return { server, accepted, open }
}

const get = (path: string, ...headers: string[]) =>
  `${[`GET ${path} HTTP/1.1`, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`

async function textOf(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

describe('a connection', () => {
  test('is answered one request at a time, and holds one answer while nobody reads', async () => {
    const asked: string[] = []
    const { accepted, open } = await serve((request, response) => {
      asked.push(request.url!)
      response.end(BIG)
    })
    const socket = open()
    socket.pause()
    socket.write(Array.from({ length: 10 }, (_, i) => get(`/${i}`, ...(i === 9 ? ['Connection: close'] : []))).join(''))
    await expect.poll(() => asked.length).toBe(1)
    await sleep(200)
    expect(asked).toEqual(['/0'])
    expect(accepted[0]!.writableLength).toBeLessThanOrEqual(BIG.length + 1_024)
    let bytes = 0
    for await (const chunk of socket) bytes += (chunk as Buffer).length
    expect(bytes).toBeGreaterThan(10 * BIG.length)
    expect(asked).toEqual(Array.from({ length: 10 }, (_, i) => `/${i}`))
  })

  test('that sends many before it is answered is cut off, and none of them is looked at', async () => {
    let asked = 0
    const { open } = await serve((_request, response) => {
      asked++
      response.write('begun')
    })
    const socket = open()
    socket.resume()
    socket.write(get('/').repeat(2_000))
    await once(socket, 'close')
    expect(asked).toBe(1)
  })

  test('that does not read its answer is cut off', async () => {
    const { accepted, open } = await serve((_request, response) => void response.end(BIG), { silentMs: 100 })
    const socket = open()
    socket.pause()
    socket.write(get('/'))
    await expect.poll(() => accepted[0]?.destroyed).toBe(true)
  })

  test('that has sent half a request can be cut, while others are answered', async () => {
    const { server, accepted, open } = await serve(async (request, response) => {
      if (request.url === '/slow') await sleep(300)
      response.end('done')
    })
    const [silent, half, body, slow] = [open(), open(), open(), open()] as const
    half.write('GET / HTTP/1.1\r\nHost')
    body.write('POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345')
    slow.write(get('/slow', 'Connection: close'))
    await expect.poll(() => accepted.length).toBe(4)
    await sleep(100)
    for (const socket of [silent, half, body]) socket.resume()
    const cut = Promise.all([silent, half, body].map((socket) => once(socket, 'close')))
    const answer = textOf(slow)
    server.cutUnasked()
    await cut
    expect(await answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*done/)
  })
})

describe('a body that goes on after its answer', () => {
  const refuse: RequestListener = (request, response) => {
    request.resume()
    response.writeHead(413).end('too large')
  }

  test('without an end is cut soon, after its sender could read the answer', async () => {
    const { accepted, open } = await serve(refuse, { lingerMs: 100 })
    const socket = open()
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    const endless = setInterval(() => socket.writable && socket.write('1\r\nx\r\n'), 10)
    cleanups.push(() => clearInterval(endless))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    // it may be cut while it sends
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('close', resolve))
    expect(answer).toMatch(/413[\s\S]*too large/)
    await expect.poll(() => accepted[0]?.destroyed).toBe(true)
  })

  test('with one is read past, and the connection goes on', async () => {
    const { open } = await serve(refuse, { lingerMs: 50 })
    const socket = open()
    const answers = textOf(socket)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx')
    await sleep(200)
    socket.write(`x${get('/', 'Connection: close')}`)
    expect((await answers).match(/too large/g)).toHaveLength(2)
  })
})

describe('a body that comes slowly', () => {
  const post = (path: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 12\r\n\r\n`
  const upload = async (open: () => Socket, path: string) => {
    const socket = open()
    const answer = textOf(socket)
    socket.write(post(path))
    for (let i = 0; i < 12 && !socket.destroyed; i++) {
      await sleep(60)
      if (socket.writable) socket.write('x')
    }
    return answer
  }

  test('is cut when its time is over, unless it may take its time: then when nothing comes any more', async () => {
    const { accepted, open } = await serve(
      async (request, response) => {
        if (request.url === '/unhurried') takeTimeFor(request)
        let body = ''
        try {
          for await (const chunk of request) body += chunk
        } catch {
          return
        }
        response.end(body)
      },
      { requestTimeoutMs: 300, silentMs: 500 },
    )
    const [cut, whole] = await Promise.all([upload(open, '/hurried'), upload(open, '/unhurried')])
    expect(cut).not.toContain('200 OK')
    expect(whole).toMatch(/200 OK[\s\S]*x{12}/)
    open().write(post('/unhurried'))
    await expect.poll(() => [accepted.length, accepted.at(-1)?.destroyed]).toEqual([3, true])
  })

  test('is not waited for when unanswered requests are cut, unless it may take its time', async () => {
    const { server, accepted, open } = await serve(async (request) => {
      if (request.url === '/unhurried') takeTimeFor(request)
    })
    for (const path of ['/hurried', '/unhurried']) open().write(post(path))
    await expect.poll(() => accepted.length).toBe(2)
    await sleep(100)
    server.cutUnasked()
    server.cutHurried()
    await expect.poll(() => accepted.filter(({ destroyed }) => destroyed).length).toBe(1)
    server.cutAll()
    await expect.poll(() => accepted.every(({ destroyed }) => destroyed)).toBe(true)
  })
})

test('every answer says what a browser may make of it', async () => {
  const { open } = await serve((_request, response) => void response.writeHead(418, { 'x-own': '1' }).end())
  const socket = open()
  socket.write(get('/', 'Connection: close'))
  const answer = await textOf(socket)
  for (const [name, value] of Object.entries(securityHeaders)) expect(answer).toContain(`${name}: ${value}\r\n`)
  expect(answer).toContain('x-own: 1\r\n')
})

describe('a wish to upgrade', () => {
  const serveBoth = async () => {
    const served = await serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }))
    })
    // As Socket.IO listens.
    served.server.on('upgrade', (_request, socket: Socket) => void socket.end('HTTP/1.1 101 Upgraded\r\n\r\n'))
    return served
  }
  const h2c = [
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
  ]
  const ask = async (text: string, more?: string) => {
    const { open } = await serveBoth()
    const socket = open()
    socket.write(text)
    if (more) setTimeout(() => socket.write(more), 50)
    const [head = '', body = ''] = (await textOf(socket)).split('\r\n\r\n')
    return { head, body: body.startsWith('{') ? JSON.parse(body) : body }
  }

  test.each([
    ['h2c', '/v1/me', h2c],
    ['h2c at the path of sockets', '/socket.io/?EIO=4', h2c],
    ['TLS', '/', ['Connection: upgrade', 'Upgrade: TLS/1.0']],
    ['a WebSocket elsewhere', '/chat', ['Connection: Upgrade', 'Upgrade: websocket']],
  ])('to %s is ignored, and the request answered', async (_, path, headers) => {
    const { head, body } = await ask(get(path, ...headers, 'X-Own: Ü', 'Connection: close'))
    expect(head).toMatch(/^HTTP\/1\.1 200 OK/)
    expect(body).toMatchObject({ method: 'GET', url: path, headers: { host: 'x', 'x-own': 'Ã\u009c' } })
    expect(body.headers).not.toHaveProperty('upgrade')
    expect(body.headers).not.toHaveProperty('http2-settings')
    expect(body.headers.connection).toBe('close')
  })

  test('is ignored with a body, whole, in pieces or chunked', async () => {
    const post = ['POST / HTTP/1.1', 'Host: x', ...h2c, 'Connection: close'].join('\r\n')
    for (const [text, more] of [
      [`${post}\r\nContent-Length: 10\r\n\r\n0123456789`],
      [`${post}\r\nContent-Length: 10\r\n\r\n0123`, '456789'],
      [`${post}\r\nContent-Length: 10\r\n\r\n`, '0123456789'],
      [`${post}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n`, '5\r\n56789\r\n0\r\n\r\n'],
    ] as const)
      expect((await ask(text, more)).body).toMatchObject({ method: 'POST', body: '0123456789' })
  })

  test('leaves the connection as it was: the next request over it is answered', async () => {
    const { open } = await serveBoth()
    const socket = open()
    socket.write(get('/first', ...h2c))
    await once(socket, 'data')
    socket.write(get('/second', 'Connection: close'))
    expect(await textOf(socket)).toContain('"url":"/second"')
  })

  test('to a WebSocket at the path of sockets is granted', async () => {
    const { head } = await ask(
      get('/socket.io/?EIO=4&transport=websocket', 'Connection: Upgrade', 'Upgrade: WebSocket'),
    )
    expect(head).toBe('HTTP/1.1 101 Upgraded')
  })

  test('behind a request that is not answered yet closes the connection', async () => {
    const { server, open } = await serve((_request, response) => void response.write('begun'))
    server.on('upgrade', () => expect.unreachable())
    const socket = open()
    socket.resume()
    socket.write(get('/') + get('/socket.io/', 'Connection: Upgrade', 'Upgrade: websocket'))
    await once(socket, 'close')
  })
})
