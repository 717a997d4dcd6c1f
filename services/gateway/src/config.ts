import { identitySettings, settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'

export type Config = Static<typeof Config>
export const Config = Type.Object({
  ...identitySettings,
  PORT: settings.PORT,
  HOST: settings.HOST,
  METRICS_PORT: settings.METRICS_PORT,
  LOG_LEVEL: settings.LOG_LEVEL,
  CORS_ORIGINS: settings.CORS_ORIGINS,
  TRUST_PROXY: settings.TRUST_PROXY,
  RATE_LIMIT_IP: settings.RATE_LIMIT_IP,
  NATS_URL: settings.NATS_URL,
  REDIS_URL: settings.REDIS_URL,
})
