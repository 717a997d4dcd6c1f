import { createECDH, createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AwayPeople } from './system.ts'

type Call = <T>(token: string, method: string, path: string, body?: object) => Promise<T>
type Query = (text: string, values?: unknown[]) => Promise<unknown>

const AT_ONCE = 100

/**
 * Registers people, and for each a browser; one receiver on this machine stands for all of them. Asked through the API once, and
 * multiplied in the table: registering is not what is measured.
 */
export async function createAwayPeople({
  count,
  call,
  query,
  tokenOf,
}: {
  count: number
  call: Call
  query: Query
  tokenOf: (userId: string, role?: string) => string
}): Promise<AwayPeople> {
  const backend = tokenOf('backend', 'service')
  const userId = (n: number) => `away-${n}`
  for (let from = 0; from < count; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i)
    await call(backend, 'PUT', '/users', { users: numbers.map((n) => ({ userId: userId(n), name: `Somebody ${n}` })) })
  }
  const browsers = await openBrowsers()
  const addressOf = (n: number) => `${browsers.origin}/${n}`
  const subscription = { endpoint: addressOf(0), keys: browsers.keys }
  await call(tokenOf(userId(0)), 'PUT', '/me/devices/browser', { channel: 'web_push', subscription })
  const others = Array.from({ length: count - 1 }, (_, i) => i + 1)
  await query(
    `INSERT INTO notifier.devices (tenant_id, user_id, id, channel, address, address_hash, keys, locale, app)
     SELECT d.tenant_id, o.user_id, d.id, d.channel, o.address, o.hash, d.keys, d.locale, d.app
     FROM notifier.devices d, unnest($2::text[], $3::text[], $4::text[]) AS o (user_id, address, hash)
     WHERE d.user_id = $1`,
    [userId(0), others.map(userId), others.map(addressOf), others.map((n) => hashOf(addressOf(n)))],
  )
  return {
    reached: browsers.reached,
    async tellAll() {
      await call(tokenOf('boss', 'admin'), 'POST', '/admin/broadcasts', { content: 'We are closed on Friday' })
    },
    [Symbol.asyncDispose]: browsers.close,
  }
}

/** The service of their maker: takes what comes for anybody, and reads none of it, so that the machine is left to the server. */
async function openBrowsers() {
  const reached = new Map<number, number>()
  const server = createServer((request, reply) => {
    const n = Number(request.url!.slice(1))
    reached.set(n, (reached.get(n) ?? 0) + 1)
    request.resume()
    reply.writeHead(201).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = createECDH('prime256v1')
  browser.generateKeys()
  return {
    reached,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys: { p256dh: browser.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const hashOf = (address: string) => createHash('sha256').update(address).digest('hex')
