import { type Static, Type } from 'typebox'
import { Timestamp } from './identifiers.ts'
import { orNull } from './or-null.ts'

/** A user has at most this many: with one more, the one that was not heard of for the longest goes. */
export const MAX_DEVICES = 20

/** The services that bring pushes to devices. */
export type PushChannel = Static<typeof PushChannel>
export const PushChannel = Type.Enum(['web_push', 'fcm', 'apns'], {
  description: '`web_push`: browsers; `fcm`: Firebase Cloud Messaging; `apns`: Apple Push Notification service',
})

export const DeviceId = Type.String({
  minLength: 1,
  maxLength: 64,
  pattern: '^[A-Za-z0-9_.:-]+$',
  description: 'What the client calls this device or browser: random, chosen once and kept there',
})

const Locale = Type.String({
  minLength: 2,
  maxLength: 35,
  pattern: '^[A-Za-z0-9-]+$',
  description: 'Of the notifications on this device (BCP 47); left out: the one of the user',
})
const App = Type.String({
  minLength: 1,
  maxLength: 155,
  pattern: '^[A-Za-z0-9._-]+$',
  description: 'Which of your apps it is; with `apns` its bundle id. Left out: the one of the settings',
})

/** As `PushSubscription.toJSON()` of a browser has it. */
export type WebPushSubscription = Static<typeof WebPushSubscription>
export const WebPushSubscription = Type.Object(
  {
    endpoint: Type.String({ minLength: 8, maxLength: 2_000, pattern: '^https?://[\\x21-\\x7e]+$' }),
    expirationTime: Type.Optional(orNull(Type.Number())),
    keys: Type.Object(
      {
        p256dh: Type.String({ pattern: '^[A-Za-z0-9_-]{86,88}={0,2}$', description: 'Of 65 bytes, in base64url' }),
        auth: Type.String({ pattern: '^[A-Za-z0-9_-]{22}={0,2}$', description: 'Of 16 bytes, in base64url' }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)

/** A device that pushes go to. Its address is told to nobody. */
export type Device = Static<typeof Device>
export const Device = Type.Object({
  id: DeviceId,
  channel: PushChannel,
  locale: orNull(Type.String()),
  app: orNull(Type.String()),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

export type DeviceRef = Static<typeof DeviceRef>
export const DeviceRef = Type.Object({ deviceId: DeviceId }, { additionalProperties: false })

export type PutDevice = Static<typeof PutDevice>
export const PutDevice = Type.Refine(
  Type.Object(
    {
      deviceId: DeviceId,
      channel: PushChannel,
      subscription: Type.Optional(WebPushSubscription),
      token: Type.Optional(
        Type.String({
          minLength: 8,
          maxLength: 4_096,
          pattern: '^[\\x21-\\x7e]+$',
          description: 'Of `fcm` and `apns`: what the device was given there',
        }),
      ),
      locale: Type.Optional(Locale),
      app: Type.Optional(App),
    },
    { additionalProperties: false },
  ),
  ({ channel, subscription, token }) =>
    channel === 'web_push' ? subscription !== undefined && token === undefined : token !== undefined && !subscription,
  () => 'needs a `subscription` with `web_push`, and a `token` otherwise',
)

export type PushKey = Static<typeof PushKey>
export const PushKey = Type.Object({
  publicKey: Type.String({
    description: 'Of 65 bytes, in base64url: `applicationServerKey` of `pushManager.subscribe`',
  }),
})
