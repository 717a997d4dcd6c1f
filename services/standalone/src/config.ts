import { identitySettings, settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'

export type Config = Static<typeof Config>
/** Each of the three URLs swaps the embedded part for the real one, by itself. */
export const Config = Type.Object({
  ...identitySettings,
  PORT: settings.PORT,
  HOST: settings.HOST,
  METRICS_PORT: settings.METRICS_PORT,
  /** People start this by hand: the greeting says what they need to know, and the log what went wrong. */
  LOG_LEVEL: Type.Enum(settings.LOG_LEVEL.enum, { ...settings.LOG_LEVEL, default: 'warn' }),
  CORS_ORIGINS: settings.CORS_ORIGINS,
  TRUST_PROXY: settings.TRUST_PROXY,
  RATE_LIMIT_IP: settings.RATE_LIMIT_IP,
  PARLEY_DATA: settings.PARLEY_DATA,
  DATABASE_URL: Type.Optional(settings.DATABASE_URL),
  NATS_URL: Type.Optional(settings.NATS_URL),
  REDIS_URL: Type.Optional(settings.REDIS_URL),
})
