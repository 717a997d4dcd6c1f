import { readFileSync } from 'node:fs'
import type { PushChannel } from '@parley/contracts'
import { ConfigError, type Logger } from '@parley/runtime'
import type { PushSettings } from '../domain/devices/devices.ts'
import type { Channel } from '../domain/ports/channel.ts'
import type { DevicePush } from '../domain/ports/device-push.ts'
import type { Sink } from '../sink/sink.ts'
import { createApnsChannel } from './apns-channel.ts'
import { createFcmChannel, type ServiceAccount } from './fcm-channel.ts'
import { browserKeyAtRisk, type VapidConfig, vapidKeys } from './vapid-keys.ts'
import { createWebPushChannel } from './web-push-channel.ts'

export interface PushConfig extends VapidConfig {
  WEB_PUSH_ALLOW_PRIVATE?: boolean
  FCM_SERVICE_ACCOUNT?: string
  FCM_ENDPOINT: string
  APNS_KEY?: string
  APNS_KEY_ID?: string
  APNS_TEAM_ID?: string
  APNS_TOPIC?: string
  APNS_ENDPOINT: string
}

export interface PushChannelOptions {
  /** Takes what is for services that there are no credentials for. */
  sink?: Sink | undefined
  /** Told what will not always work. */
  log?: Logger
}

export interface PushChannels extends Disposable {
  channels: readonly Channel<DevicePush>[]
  settings: PushSettings
}

/** The services that bring pushes, as far as there are credentials for them. Throws a ConfigError at those that are none. */
export function openPushChannels(config: PushConfig, { sink, log }: PushChannelOptions = {}): PushChannels {
  const allowPrivate = config.WEB_PUSH_ALLOW_PRIVATE ?? config.NODE_ENV !== 'production'
  const vapid = vapidKeys(config)
  if (browserKeyAtRisk(config))
    log?.warn(
      'the key of browsers is made of JWT_SECRET, which gives way to another: set VAPID_PUBLIC_KEY and VAPID_PRIVATE_KEY to what `npm run vapid` prints, or every subscription is lost with it',
    )
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
