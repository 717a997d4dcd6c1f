import { type Audience, MAX_DEVICES, type Notifications, ParleyError, type PushChannel } from '@parley/contracts'
import type { Store } from '../ports/store.ts'
import { tokenOfDevice } from './sign-out-devices.ts'

export interface DeviceDeps {
  store: Store
  audience: Pick<Audience, 'admit'>
  push: PushSettings
}

export interface PushSettings {
  /** Those that there are credentials for. */
  channels: ReadonlySet<PushChannel>
  /** The key that browsers subscribe with; null: there is none. */
  publicKey: string | null
  /** Whether browsers may be reached over `http`: in development. */
  allowsHttp: boolean
}

type Devices = Pick<Notifications, 'listDevices' | 'putDevice' | 'removeDevice' | 'getPushKey'>

/** The devices of somebody, as they say themselves. */
export function createDevices({ store, audience, push }: DeviceDeps): Devices {
  const admit: Audience['admit'] = (...asked) => audience.admit(...asked)
  return {
    async listDevices(actor) {
      await admit(actor, { conversationId: null })
      const found = await store.transaction(actor.tenantId, ({ devices }) => devices.ofUser(actor.userId))
      return { devices: found }
    },
    async putDevice(actor, { deviceId: id, channel, subscription, token, locale = null, app = null }) {
      await admit(actor, { conversationId: null })
      if (!push.channels.has(channel)) throw notSupported(channel)
      const address = subscription ? addressOf(subscription.endpoint, push.allowsHttp) : tokenOf(channel, token!)
      const keys = subscription?.keys ?? null
      const { userId } = actor
      return store.transaction(actor.tenantId, ({ devices }) =>
        devices.put({ userId, id, channel, address, keys, locale, app, ...tokenOfDevice(actor) }, MAX_DEVICES),
      )
    },
    async removeDevice(actor, { deviceId }) {
      await admit(actor, { conversationId: null })
      await store.transaction(actor.tenantId, ({ devices }) => devices.remove(actor.userId, deviceId))
      return {}
    },
    async getPushKey(actor) {
      await admit(actor, { conversationId: null })
      if (push.publicKey === null) throw notSupported('web_push')
      return { publicKey: push.publicKey }
    },
  }
}

const notSupported = (channel: PushChannel) =>
  new ParleyError('not_supported', `This server has no credentials for ${channel}`)

const unfit = (pointer: string, detail: string) =>
  new ParleyError('invalid_input', detail, { errors: [{ pointer, code: 'invalid', detail }] })

/** Anybody can write one: where it leads is looked at when something is sent there. */
function addressOf(endpoint: string, allowsHttp: boolean): string {
  if (!URL.canParse(endpoint)) throw unfit('/subscription/endpoint', 'is no address')
  const { protocol, username, password } = new URL(endpoint)
  if (protocol !== 'https:' && !allowsHttp) throw unfit('/subscription/endpoint', 'is not https')
  if (username !== '' || password !== '') throw unfit('/subscription/endpoint', 'has a name or a password in it')
  return endpoint
}

/** Apple's are bytes in hexadecimal, and part of a path. */
function tokenOf(channel: PushChannel, token: string): string {
  if (channel !== 'apns') return token
  if (!/^[0-9a-fA-F]{64,200}$/.test(token)) throw unfit('/token', 'is no device token of Apple: those are hexadecimal')
  return token.toLowerCase()
}
