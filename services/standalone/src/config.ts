import { Config as Conversation } from '@parley/conversation'
import { Config as Gateway } from '@parley/gateway'
import { Config as Notifier } from '@parley/notifier'
import { settings } from '@parley/runtime'
import { Config as Storage } from '@parley/storage'
import { type Static, Type } from 'typebox'

export type Config = Static<typeof Config>
/** The settings of all services. Each of the three URLs swaps the embedded part for the real one, by itself. */
export const Config = Type.Object({
  ...Conversation.properties,
  ...Gateway.properties,
  ...Storage.properties,
  ...Notifier.properties,
  /** People start this by hand: the greeting says what they need to know, and the log what went wrong. */
  LOG_LEVEL: Type.Enum(settings.LOG_LEVEL.enum, { ...settings.LOG_LEVEL, default: 'warn' }),
  PARLEY_DATA: settings.PARLEY_DATA,
  DATABASE_URL: Type.Optional(settings.DATABASE_URL),
  NATS_URL: Type.Optional(settings.NATS_URL),
  NATS_REPLICAS: Type.Optional(settings.NATS_REPLICAS),
  REDIS_URL: Type.Optional(settings.REDIS_URL),
})
