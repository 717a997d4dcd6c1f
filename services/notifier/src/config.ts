import { processSettings, settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'

export type Config = Static<typeof Config>
/** The settings of the notification worker. One of its own is declared here, and appears in the README's table. */
export const Config = Type.Object({
  ...processSettings,
  DATABASE_URL: settings.DATABASE_URL,
  NATS_URL: settings.NATS_URL,
  REDIS_URL: Type.Optional(settings.REDIS_URL),
})
