import { processSettings, settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'
import { pushSettings } from './channels/push-settings.ts'
import { mailSettings } from './mail/mail-settings.ts'

export type Config = Static<typeof Config>
/** The settings of the notification worker. One of its own is declared here, and appears in the README's table. */
export const Config = Type.Object({
  ...processSettings,
  DATABASE_URL: settings.DATABASE_URL,
  NATS_URL: settings.NATS_URL,
  REDIS_URL: Type.Optional(settings.REDIS_URL),
  LINK_SECRET: Type.Optional(settings.LINK_SECRET),
  LINK_OTHER_SECRETS: settings.LINK_OTHER_SECRETS,
  ...mailSettings,
  WEBHOOK_KEY: Type.Optional(
    Type.String({
      minLength: 32,
      description:
        'Keeps the secrets of webhooks unreadable in the database; the same in every notification worker. Without it a key made of JWT_SECRET does',
    }),
  ),
  WEBHOOK_OTHER_KEYS: Type.Array(Type.String({ minLength: 32 }), {
    default: [],
    expected: 'keys of at least 32 characters separated by commas',
    description:
      'Further keys that secrets of webhooks may be kept with, separated by commas, such as the former WEBHOOK_KEY',
  }),
  WEBHOOK_ALLOW_PRIVATE: Type.Optional(
    Type.Boolean({
      description:
        'Whether webhooks may be at `http` and at addresses of this machine and its networks; unset: outside production only',
    }),
  ),
  ...pushSettings,
  NOTIFY_DELAY_MS: Type.Integer({
    minimum: 0,
    maximum: 3_600_000,
    default: 15_000,
    description:
      'A message is left so many milliseconds to be read before anybody is told of it, by a notification in the app, a push or an e-mail',
  }),
})
