import { io, type Socket } from 'socket.io-client'
import { expect, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { startEmbeddedStack, type TestStack } from '../stack/test-stack.ts'

/** Everybody in these tests connects from this machine: TRUST_PROXY makes the header the client's own address. */
const believing = { TRUST_PROXY: 'loopback', RATE_LIMIT_IP: '20', SOCKETS_PER_ADDRESS: '8' }

interface Refused {
  message: string
  data?: { code: string; message: string; retryAfterMs?: number }
  /** Refused before there was a connection: a status over polling, an error of the WebSocket that names it. */
  description?: number | { message: string }
}

/** By its status where there was no connection yet, else by its code. */
function reasonOf(refused: Refused | null): string | undefined {
  const { data, description } = refused ?? {}
  return (
    data?.code ?? (typeof description === 'object' ? description.message.match(/\d{3}/)?.[0] : description?.toString())
  )
}

/** A public address that has asked for nothing, in each try of a test. */
let addresses = 0
const freshAddress = () => `203.0.113.${++addresses}`

/** GET /v1/me, replicas in turn. */
const me = (stack: TestStack, turn: number, address: string, token = stack.token('ana')) =>
  fetch(`${stack.restUrls[turn % stack.restUrls.length]}/v1/me`, {
    headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': address },
  })

/** The statuses of so many requests, one after the other, without what repeats itself: "200 x3". */
async function statuses(stack: TestStack, times: number, address: string, token?: string): Promise<string[]> {
  const seen: [status: number, times: number][] = []
  for (let i = 0; i < times; i++) {
    const reply = await me(stack, i, address, token)
    await reply.text()
    const { status } = reply
    const last = seen.at(-1)
    if (last?.[0] === status) last[1]++
    else seen.push([status, 1])
  }
  return seen.map(([status, count]) => `${status} x${count}`)
}

/** The status of each of so many requests; all are well within a window of ten seconds, on a slow machine too. */
const statusesAtOnce = (stack: TestStack, times: number, address: string): Promise<number[]> =>
  Promise.all(
    Array.from({ length: times }, async (_, i) => {
      const reply = await me(stack, i, address)
      await reply.text()
      return reply.status
    }),
  )

/** Opens a socket through a gateway; what refused it, or null. */
async function handshake(
  stack: TestStack,
  gateway: number,
  address: string,
  options: object = {},
  keep?: (socket: Socket) => void,
) {
  const socket = io(stack.gatewayUrls[gateway % stack.gatewayUrls.length]!, {
    forceNew: true,
    reconnection: false,
    auth: { token: stack.token('ana') },
    extraHeaders: { 'x-forwarded-for': address },
    ...options,
  })
  try {
    return await new Promise<Refused | null>((resolve) => {
      socket.once('ready', () => {
        keep?.(socket)
        resolve(null)
      })
      socket.once('connect_error', (err) => {
        socket.close()
        resolve(err as Refused)
      })
    })
  } finally {
    if (!keep) socket.close()
  }
}

describeStacks(
  'over %s, a client address',
  ({ stack }) => {
    test('that asks too often is refused with the time to wait, by every replica, and others are not', async () => {
      const address = freshAddress()
      expect(new Set(await statusesAtOnce(stack, 30, address))).toEqual(new Set([200, 429]))
      for (const turn of [0, 1]) {
        const refused = await me(stack, turn, address)
        expect(refused.status).toBe(429)
        expect(await refused.json()).toMatchObject({ status: 429, code: 'rate_limited', detail: /try again/ })
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      }
      expect(await statuses(stack, 1, freshAddress())).toEqual(['200 x1'])
    })

    test('is not limited where nothing is done for it: readiness and the description of the API', async () => {
      const address = freshAddress()
      expect(await statusesAtOnce(stack, 30, address)).toContain(429)
      for (const path of ['/healthz', '/readyz', '/openapi.json'])
        for (let i = 0; i < 30; i++) {
          const reply = await fetch(`${stack.restUrls[0]}${path}`, { headers: { 'x-forwarded-for': address } })
          await reply.text()
          expect(reply.status).not.toBe(429)
        }
    })

    test.each(['websocket', 'polling'])(
      'that opens too many sockets is refused at the handshake, over %s',
      async (transport) => {
        const address = freshAddress()
        const outcomes = await Promise.all(
          Array.from({ length: 22 }, (_, i) => handshake(stack, i, address, { transports: [transport] })),
        )
        const refusals = outcomes.flatMap((refused) => refused ?? [])
        expect(refusals.length).toBeGreaterThan(0)
        expect(refusals.length).toBeLessThan(outcomes.length)
        expect(new Set(refusals.map(reasonOf))).toEqual(new Set(['429']))
        expect(await handshake(stack, 0, freshAddress(), { transports: [transport] })).toBeNull()
      },
    )

    test.each(['websocket', 'polling'])(
      'that has as many sockets open as it may, at all gateways together, is refused another one, over %s',
      async (transport) => {
        const address = freshAddress()
        const sockets: Socket[] = []
        const open = (i: number) =>
          handshake(stack, i, address, { transports: [transport] }, (socket) => sockets.push(socket))
        try {
          for (let i = 0; i < 8; i++) expect(await open(i)).toBeNull()
          expect([reasonOf(await open(0)), reasonOf(await open(1))]).toEqual(['429', '429'])
          expect(await handshake(stack, 0, freshAddress(), { transports: [transport] })).toBeNull()
          sockets[0]!.close()
          await expect.poll(() => open(1), { interval: 500 }).toBeNull()
        } finally {
          for (const socket of sockets) socket.close()
        }
      },
    )

    test('that only begins handshakes, or is refused for another reason, is stopped all the same', async () => {
      const open = async (i: number, address: string, query: string) => {
        const url = `${stack.gatewayUrls[i % stack.gatewayUrls.length]}/socket.io/?EIO=4&transport=${query}`
        const reply = await fetch(url, { headers: { 'x-forwarded-for': address } })
        await reply.text()
        return reply
      }
      for (const [query, status] of [
        ['polling', 200],
        ['polling&sid=nobody', 400],
        ['websocket', 400],
      ] as const) {
        const address = freshAddress()
        const replies = await Promise.all(Array.from({ length: 30 }, (_, i) => open(i, address, query)))
        expect([query, new Set(replies.map((reply) => reply.status))]).toEqual([query, new Set([status, 429])])
        const refused = replies.find((reply) => reply.status === 429)!
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      }
    })

    test('that guesses tokens is stopped sooner, at REST and at sockets alike', async () => {
      const [guesser, other] = [freshAddress(), freshAddress()]
      expect(await statuses(stack, 4, guesser, 'wrong')).toEqual(['401 x2', '429 x2'])
      expect(await statuses(stack, 1, guesser)).toEqual(['429 x1'])
      const auth = { token: 'wrong' }
      const codes: (string | undefined)[] = []
      for (let i = 0; i < 3; i++) codes.push(reasonOf(await handshake(stack, 0, other, { auth })))
      expect(codes).toEqual(['unauthenticated', 'unauthenticated', '429'])
    })

    test('that is private is never limited', async () => {
      for (const address of ['10.0.0.7', '192.168.1.7', 'fd00::7', '127.0.0.1'])
        expect(await statuses(stack, 30, address)).toEqual(['200 x30'])
      for (let i = 0; i < 22; i++) expect(await handshake(stack, 0, '10.0.0.7')).toBeNull()
    })
  },
  { env: believing },
)

test('X-Forwarded-For is not believed without TRUST_PROXY', async () => {
  await using stack = await startEmbeddedStack({ env: { RATE_LIMIT_IP: '2' } })
  // Believed, each would be a public address that has used up its two.
  expect(await statuses(stack, 10, '203.0.113.9')).toEqual(['200 x10'])
  for (let i = 0; i < 5; i++) expect(await handshake(stack, 0, '203.0.113.9')).toBeNull()
})

test('a connection has one handshake: a second one over it is sent away to connect again', async () => {
  await using stack = await startEmbeddedStack({ env: { RATE_LIMIT_IP: '0' } })
  const socket = io(stack.gatewayUrls[0]!, { forceNew: true, reconnection: false, auth: { token: stack.token('ana') } })
  await new Promise((resolve) => socket.once('ready', resolve))
  const answered = new Promise((resolve) => {
    socket.io.engine.once('close', () => resolve('closed'))
    socket.once('ready', () => resolve('let in'))
  })
  // What no client of Socket.IO does: it leaves, and comes again over the connection that it has.
  socket.io.engine.write('1')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(socket.io.engine.readyState).toBe('open')
  socket.io.engine.write(`0${JSON.stringify({ token: stack.token('ben') })}`)
  expect(await answered).toBe('closed')
  socket.close()
})
