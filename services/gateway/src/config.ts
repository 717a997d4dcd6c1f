import { processSettings, settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'

export type Config = Static<typeof Config>
/** The settings of the gateway. One of its own is declared here, and appears in the README's table. */
export const Config = Type.Object({
  ...processSettings,
  NATS_URL: settings.NATS_URL,
  REDIS_URL: settings.REDIS_URL,
  SOCKETS_PER_USER: Type.Integer({
    minimum: 0,
    default: 50,
    description: 'Sockets that one user may have open at each gateway; 0: as many as they like',
  }),
})
