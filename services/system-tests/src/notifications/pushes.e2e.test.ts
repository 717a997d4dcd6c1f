import { openTestBrowser } from '@parley/notifier/testing'
import { expect, onTestFinished, test } from 'vitest'
import { describeStacks } from '../stack/describe-stacks.ts'
import { rest } from '../stack/test-client.ts'

describeStacks(
  'who is away is told on their devices over %s',
  ({ stack, people }) => {
    const atNotifier = (userId: string, token = stack.token(userId)) =>
      rest({ ...stack, restUrls: stack.notifierUrls }, userId, token)
    /** Somebody, and a browser of theirs that is closed: what its service worker would be given. */
    const browserOf = async (userId: string) => {
      const me = atNotifier(userId)
      const key = await me.call<{ publicKey: string }>('GET', '/push-key')
      const browser = await openTestBrowser(key.body.publicKey)
      onTestFinished(() => browser.stop())
      const device = { channel: 'web_push', subscription: browser.subscription }
      expect((await me.call('PUT', '/me/devices/browser', device)).status).toBe(200)
      return { ...me, browser }
    }

    test('a message that is not read reaches a closed browser once; nothing is pushed to it that it would not show', async () => {
      const [ana, ben] = people('ana', 'ben')
      const { browser } = await browserOf(ben)
      const { id } = await rest(stack, ana).direct(ben)
      const written = rest(stack, ana)
      await written.call('POST', `/conversations/${id}/messages`, { content: 'Is the flat still free?' })
      await expect
        .poll(() => browser.received, { timeout: 20_000 })
        .toMatchObject([
          {
            type: 'notify',
            body: 'Is the flat still free?',
            badge: 1,
            tag: id,
            data: { kind: 'message', conversationId: id },
          },
        ])
      await rest(stack, ben).call('PUT', `/conversations/${id}/read`, { seq: 1 })
      await written.call('POST', `/conversations/${id}/messages`, { content: 'And the garage?' })
      await expect
        .poll(() => browser.received.slice(1), { timeout: 20_000 })
        .toMatchObject([{ type: 'notify', body: 'And the garage?', tag: id, badge: 1 }])
    })

    test('what is read before the delay ends, and what is deleted, reaches no device; a browser that is gone is forgotten', async () => {
      const [ana, ben, cleo] = people('ana', 'ben', 'cleo')
      const [bens, cleos] = [await browserOf(ben), await browserOf(cleo)]
      cleos.browser.answer = { status: 410 }
      const with_ = async (userId: string) => (await rest(stack, ana).direct(userId)).id
      const [toBen, toCleo] = [await with_(ben), await with_(cleo)]
      const write = (id: string, content: string) =>
        rest(stack, ana).call<{ id: string }>('POST', `/conversations/${id}/messages`, { content })
      await write(toBen, 'read at once')
      await rest(stack, ben).call('PUT', `/conversations/${toBen}/read`, { seq: 1 })
      const regretted = await write(toBen, 'regretted')
      await rest(stack, ana).call('DELETE', `/messages/${regretted.body.id}?for=everyone`)
      await write(toCleo, 'to nobody')
      await expect.poll(() => cleos.browser.received.length, { timeout: 20_000 }).toBe(1)
      await expect
        .poll(async () => (await cleos.call<{ devices: unknown[] }>('GET', '/me/devices')).body.devices)
        .toEqual([])
      // hers was written last: what he would have been told of was looked at before
      await write(toBen, 'and this one')
      await expect.poll(() => bens.browser.received.length, { timeout: 20_000 }).toBe(1)
      expect(bens.browser.received).toMatchObject([{ body: 'and this one', badge: 1 }])
    })

    test('what is no device, and no dead letter, is refused with its place', async () => {
      const [ana] = people('ana')
      const at = atNotifier(ana)
      const host = atNotifier('backend', stack.token('backend', { role: 'service' }))
      const keys = { p256dh: `B${'A'.repeat(86)}`, auth: 'A'.repeat(22) }
      const subscription = { endpoint: 'https://push.example/1', keys }
      const token = 'ab'.repeat(32)
      const wrong: [string, string, object][] = [
        ['/deviceId', 'a%20b', { channel: 'web_push', subscription }],
        ['/channel', 'a', { channel: 'pigeon', token }],
        ['', 'a', { channel: 'web_push' }],
        ['', 'a', { channel: 'apns', subscription }],
        ['', 'a', { channel: 'web_push', subscription, token }],
        [
          '/subscription/keys/auth',
          'a',
          { channel: 'web_push', subscription: { ...subscription, keys: { ...keys, auth: 'A' } } },
        ],
        [
          '/subscription/endpoint',
          'a',
          { channel: 'web_push', subscription: { ...subscription, endpoint: 'ftp://example.com/x' } },
        ],
        ['/more', 'a', { channel: 'web_push', subscription, more: 1 }],
      ]
      for (const [pointer, id, body] of wrong)
        expect([pointer, await at.call('PUT', `/me/devices/${id}`, body)]).toMatchObject([
          pointer,
          { status: 422, body: { code: 'invalid_input', errors: [{ pointer }] } },
        ])
      for (const [path, body] of [
        ['/admin/dead-letters/redrive', { ids: ['x'] }],
        ['/admin/dead-letters/redrive', { channel: 'pigeon' }],
      ] as const)
        expect(await host.call('POST', path, body)).toMatchObject({ status: 422 })
      expect(await host.call('POST', '/admin/dead-letters/redrive', { ids: ['-'.repeat(36)] })).toMatchObject({
        status: 200,
        body: { redriven: 0 },
      })
      expect(await host.call('GET', '/admin/dead-letters?cursor=nonsense')).toMatchObject({ status: 422 })
    })
  },
  { env: { NOTIFY_DELAY_MS: '2000' } },
)
