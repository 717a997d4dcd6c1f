import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTcpLink, type TcpLink } from './tcp-link.ts'

describe('a link', () => {
  let link: TcpLink
  let close: () => void
  const open: Socket[] = []

  beforeEach(async () => {
    const echo = createServer((socket) => {
      socket.on('error', () => {})
      socket.pipe(socket)
    }).listen(0, '127.0.0.1')
    await once(echo, 'listening')
    const address = echo.address()
    const port = typeof address === 'object' && address ? address.port : 0
    close = () => void echo.close()
    link = await openTcpLink('echo', `tcp://127.0.0.1:${port}/path`)
  })
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy()
    await link[Symbol.asyncDispose]()
    close()
  })

  const dial = async () => {
    const { hostname, port } = new URL(link.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => {})
    open.push(socket)
    await once(socket, 'connect')
    return socket
  }
  const answerTo = (socket: Socket, text: string) => {
    const answer = once(socket, 'data').then(([data]) => String(data))
    socket.write(text)
    return answer
  }
  const within = <T>(ms: number, promise: Promise<T>) => Promise.race([promise, sleep(ms, 'nothing' as const)])

  it('passes everything, and keeps the rest of the URL', async () => {
    expect(link.url).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+\/path$/)
    const socket = await dial()
    expect(await answerTo(socket, 'hello')).toBe('hello')
    const whole = 'x'.repeat(1_000_000)
    let length = 0
    socket.on('data', (data) => {
      length += data.length
    })
    socket.write(whole)
    await expect.poll(() => length).toBe(whole.length)
  })

  it('when cut, resets what is open and what is tried, until it is healed', async () => {
    const socket = await dial()
    await answerTo(socket, 'hello')
    link.cut()
    await expect.poll(() => socket.closed).toBe(true)
    const refused = await dial().catch(() => undefined)
    await expect.poll(() => refused?.closed ?? true).toBe(true)
    link.heal()
    expect(await answerTo(await dial(), 'again')).toBe('again')
  })

  it('when slow, takes its time in each direction', async () => {
    const socket = await dial()
    link.slow(60)
    const from = performance.now()
    expect(await answerTo(socket, 'hello')).toBe('hello')
    expect(performance.now() - from).toBeGreaterThanOrEqual(115)
  })

  it('as a black hole, is silent to old and new connections, and delivers later what waited', async () => {
    const [old] = [await dial()]
    await answerTo(old, 'hello')
    link.blackHole()
    const waited = answerTo(old, 'lost?')
    const fresh = answerTo(await dial(), 'new')
    expect(await within(150, waited)).toBe('nothing')
    expect(await within(50, fresh)).toBe('nothing')
    link.heal()
    expect(await waited).toBe('lost?')
    expect(await fresh).toBe('new')
  })

  it('can lose a share of its connections, and lets new ones through', async () => {
    const sockets = [await dial(), await dial(), await dial(), await dial()]
    for (const socket of sockets) await answerTo(socket, 'hello')
    link.blackHole({ share: 0.5, seed: 1 })
    const answers = await Promise.all(sockets.map((socket) => within(200, answerTo(socket, 'x'))))
    expect(answers.filter((answer) => answer === 'x').length).toBe(2)
    expect(await answerTo(await dial(), 'new')).toBe('new')
  })
})
