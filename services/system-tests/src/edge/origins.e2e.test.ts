import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startEmbeddedStack } from '../stack/test-stack.ts'

const CHAT = 'https://chat.example.com'
/** What a proxy sends that is reached as chat.example.com and calls us by another name. */
const forwarded = {
  'x-forwarded-host': 'chat.example.com',
  'x-forwarded-proto': 'https',
  'x-forwarded-for': '203.0.113.7',
}

/** The status of a handshake of a page at CHAT, over polling and as a WebSocket. */
async function handshakes(
  gatewayUrl: string,
  headers: Record<string, string>,
): Promise<{ polling: number; websocket: number }> {
  const polling = await fetch(`${gatewayUrl}/socket.io/?EIO=4&transport=polling`, {
    headers: { origin: CHAT, ...headers },
  })
  await polling.text()
  const { hostname, port, host } = new URL(gatewayUrl)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  const lines = Object.entries({ host, origin: CHAT, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n${lines.join('')}\r\n`,
  )
  const head = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())))
  socket.destroy()
  return { polling: polling.status, websocket: Number(head.split(' ')[1]) }
}

describe('a page of our own site, behind a proxy', () => {
  test('may open sockets when the proxy is trusted, by what it says of the site', async () => {
    await using stack = await startEmbeddedStack({
      env: { NODE_ENV: 'production', JWT_SECRET: 's'.repeat(40), TRUST_PROXY: 'loopback' },
    })
    const [url] = stack.gatewayUrls
    expect(await handshakes(url!, forwarded)).toEqual({ polling: 200, websocket: 101 })
    expect(await handshakes(url!, { ...forwarded, 'x-forwarded-proto': 'wss' })).toEqual({
      polling: 200,
      websocket: 101,
    })
    expect(await handshakes(url!, { ...forwarded, origin: 'https://evil.example' })).toEqual({
      polling: 403,
      websocket: 400,
    })
    expect(await handshakes(url!, { 'x-forwarded-for': '203.0.113.7' })).toEqual({ polling: 403, websocket: 400 })
  })

  test('may not when nobody trusts who says it', async () => {
    for (const TRUST_PROXY of ['', '10.0.0.0/8']) {
      await using stack = await startEmbeddedStack({
        env: { NODE_ENV: 'production', JWT_SECRET: 's'.repeat(40), TRUST_PROXY },
      })
      expect(await handshakes(stack.gatewayUrls[0]!, forwarded)).toEqual({ polling: 403, websocket: 400 })
    }
  })
})
