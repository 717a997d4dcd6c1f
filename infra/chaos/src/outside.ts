import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { NewWebhook } from '@parley/contracts'
import { openTestBrowser, type TestBrowser } from '@parley/notifier/testing'
import { callRest } from './rest.ts'

/** Who is told without a socket: a host's webhook, and browsers of some. */
export interface Outside extends AsyncDisposable {
  /** What came to the webhook: the bodies by their ids, each as often as it came. */
  readonly deliveries: ReadonlyMap<string, readonly string[]>
  readonly browsers: ReadonlyMap<string, TestBrowser>
}

export interface OutsideOptions {
  url: string
  /** The host's token. */
  host: string
  tokens: ReadonlyMap<string, string>
  /** Who has a browser. */
  userIds: readonly string[]
}

/** Registers a webhook, and a browser for each of these people, on this machine. */
export async function openOutside({ url, host, tokens, userIds }: OutsideOptions): Promise<Outside> {
  const deliveries = new Map<string, string[]>()
  const server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString()
    const id = String(request.headers['webhook-id'])
    deliveries.set(id, [...(deliveries.get(id) ?? []), body])
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const call = async <T>(token: string, method: string, path: string, body?: object): Promise<T> => {
    const answer = await callRest<T>(url, token, method, path, body as { [field: string]: unknown })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.code}`)
    return answer.data
  }
  await call<NewWebhook>(host, 'POST', '/webhooks', { url: `http://127.0.0.1:${port}/`, events: ['message.created'] })
  const browsers = new Map<string, TestBrowser>()
  for (const userId of userIds) {
    const token = tokens.get(userId)!
    const { publicKey } = await call<{ publicKey: string }>(token, 'GET', '/push-key')
    const browser = await openTestBrowser(publicKey)
    browsers.set(userId, browser)
    const { subscription } = browser
    await call(token, 'PUT', '/me/devices/browser', { channel: 'web_push', subscription })
  }
  return {
    deliveries,
    browsers,
    async [Symbol.asyncDispose]() {
      for (const browser of browsers.values()) await browser[Symbol.asyncDispose]()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
