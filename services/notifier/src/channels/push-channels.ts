import { createECDH, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { PushChannel } from '@parley/contracts'
import { ConfigError, DEVELOPMENT_SECRET } from '@parley/runtime'
import type { PushSettings } from '../domain/devices/devices.ts'
import type { Channel } from '../domain/ports/channel.ts'
import type { DevicePush } from '../domain/ports/device-push.ts'
import type { Sink } from '../sink/sink.ts'
import { createApnsChannel } from './apns-channel.ts'
import { createFcmChannel, type ServiceAccount } from './fcm-channel.ts'
import { createWebPushChannel, type VapidKeys } from './web-push-channel.ts'

export interface PushConfig {
  NODE_ENV: string
  JWT_SECRET?: string
  VAPID_PUBLIC_KEY?: string
  VAPID_PRIVATE_KEY?: string
  VAPID_SUBJECT: string
  WEB_PUSH_ALLOW_PRIVATE?: boolean
  FCM_SERVICE_ACCOUNT?: string
  FCM_ENDPOINT: string
  APNS_KEY?: string
  APNS_KEY_ID?: string
  APNS_TEAM_ID?: string
  APNS_TOPIC?: string
  APNS_ENDPOINT: string
}

export interface PushChannels extends Disposable {
  channels: readonly Channel<DevicePush>[]
  settings: PushSettings
}

/** The services that bring pushes, as far as there are credentials for them; `sink` takes what is for the others. Throws a ConfigError at those that are none. */
export function openPushChannels(config: PushConfig, sink?: Sink): PushChannels {
  const allowPrivate = config.WEB_PUSH_ALLOW_PRIVATE ?? config.NODE_ENV !== 'production'
  const vapid = vapidKeys(config)
  const channels: (Channel<DevicePush> & Partial<Disposable>)[] = []
  if (vapid) channels.push(createWebPushChannel({ vapid, allowPrivate }))
  if (config.FCM_SERVICE_ACCOUNT !== undefined) channels.push(openFcm(config.FCM_SERVICE_ACCOUNT, config.FCM_ENDPOINT))
  else if (sink) channels.push(sink.pushes('fcm'))
  if (config.APNS_KEY !== undefined) channels.push(openApns(config, config.APNS_KEY))
  else if (sink) channels.push(sink.pushes('apns'))
  return {
    channels,
    settings: {
      channels: new Set(channels.map(({ name }) => name as PushChannel)),
      publicKey: vapid?.publicKey ?? null,
      allowsHttp: allowPrivate,
    },
    [Symbol.dispose]() {
      for (const channel of channels) channel[Symbol.dispose]?.()
    },
  }
}

/** Without keys of its own a server has those that its secret leads to (HKDF, RFC 5869): the same in every process. */
function vapidKeys(config: PushConfig): VapidKeys | undefined {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = config
  if ((publicKey === undefined) !== (privateKey === undefined))
    throw wrong(publicKey === undefined ? 'VAPID_PUBLIC_KEY' : 'VAPID_PRIVATE_KEY', 'is not set, and the other one is')
  const ecdh = createECDH('prime256v1')
  if (publicKey !== undefined && privateKey !== undefined) {
    ecdh.setPrivateKey(privateKey, 'base64url')
    if (ecdh.getPublicKey('base64url') !== publicKey)
      throw wrong('VAPID_PUBLIC_KEY', 'does not belong to VAPID_PRIVATE_KEY')
    return { publicKey, privateKey, subject }
  }
  const secret = config.JWT_SECRET ?? (config.NODE_ENV === 'production' ? undefined : DEVELOPMENT_SECRET)
  if (secret === undefined) return undefined
  const derived = Buffer.from(hkdfSync('sha256', secret, '', 'parley web push', 32))
  ecdh.setPrivateKey(derived)
  return { publicKey: ecdh.getPublicKey('base64url'), privateKey: derived.toString('base64url'), subject }
}

function openFcm(textOrFile: string, endpoint: string): Channel<DevicePush> {
  try {
    const text = textOrFile.trimStart().startsWith('{') ? textOrFile : readFileSync(textOrFile, 'utf8')
    const account = JSON.parse(text) as ServiceAccount
    for (const name of ['project_id', 'client_email', 'private_key', 'token_uri'] as const)
      if (typeof account[name] !== 'string') throw new Error(`it has no ${name}`)
    return createFcmChannel({ account, endpoint })
  } catch (err) {
    throw wrong('FCM_SERVICE_ACCOUNT', `is no service account of Google: ${(err as Error).message}`)
  }
}

function openApns(config: PushConfig, key: string): Channel<DevicePush> {
  const { APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_TOPIC: topic, APNS_ENDPOINT: endpoint } = config
  for (const name of ['APNS_KEY_ID', 'APNS_TEAM_ID', 'APNS_TOPIC'] as const)
    if (config[name] === undefined) throw wrong(name, 'is not set: APNS_KEY needs it')
  try {
    const pem = key.replaceAll('\\n', '\n')
    return createApnsChannel({ key: pem, keyId: keyId!, teamId: teamId!, topic: topic!, endpoint })
  } catch (err) {
    throw wrong('APNS_KEY', `is no private key: ${(err as Error).message}`)
  }
}

const wrong = (name: string, detail: string) => new ConfigError([{ name, detail }])
