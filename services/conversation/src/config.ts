import { processSettings, settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'

export type Config = Static<typeof Config>
/** The settings of the conversation service. One of its own is declared here, and appears in the README's table. */
export const Config = Type.Object({
  ...processSettings,
  DATABASE_URL: settings.DATABASE_URL,
  NATS_URL: settings.NATS_URL,
  NATS_REPLICAS: Type.Optional(settings.NATS_REPLICAS),
  REDIS_URL: Type.Optional(settings.REDIS_URL),
  STORAGE_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/\\s]+/?$',
      expected: 'a URL http://host:port',
      description:
        'The storage service, as the conversation service reaches it; without it messages have no attachments. The standalone process ' +
        'has its own',
    }),
  ),
})
