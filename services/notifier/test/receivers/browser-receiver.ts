import { createECDH } from 'node:crypto'
import { createWebPushChannel } from '../../src/channels/web-push-channel.ts'
import { openTestBrowser, type TestBrowser } from '../../src/testing/browser.ts'
import type { TestReceiver } from '../../src/testing/receiver.ts'

/** A browser, and what sends to it. */
export async function openBrowserReceiver(
  deadlineMs: number,
  allowPrivate = true,
): Promise<TestReceiver & Pick<TestBrowser, 'authorizations'>> {
  const server = createECDH('prime256v1')
  const publicKey = server.generateKeys('base64url')
  const vapid = { publicKey, privateKey: server.getPrivateKey('base64url'), subject: 'mailto:host@example.com' }
  const browser = await openTestBrowser(publicKey)
  const { endpoint, keys } = browser.subscription
  return Object.assign(browser, {
    channel: createWebPushChannel({ vapid, allowPrivate, deadlineMs }),
    device: { target: endpoint, keys, app: null },
    gone: [{ status: 404 }, { status: 410, body: 'push subscription has unsubscribed or expired.' }],
    limit: 4_096,
  })
}
