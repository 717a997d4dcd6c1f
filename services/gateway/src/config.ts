import { processSettings, settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'

export type Config = Static<typeof Config>
/** The settings of the gateway. One of its own is declared here, and appears in the README's table. */
export const Config = Type.Object({
  ...processSettings,
  NATS_URL: settings.NATS_URL,
  REDIS_URL: settings.REDIS_URL,
  DRAIN_MS: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 2_000,
    description:
      'Over how many milliseconds a gateway that ends moves its sockets to the others, each in its own moment. Whoever ends it has to wait ' +
      'for that and ten seconds more before killing it',
  }),
  SOCKETS_PER_USER: Type.Integer({
    minimum: 0,
    default: 50,
    description:
      'Sockets that one user may have open, at all gateways of one `REDIS_URL` together; 0: as many as they like',
  }),
  SOCKETS_PER_ADDRESS: Type.Integer({
    minimum: 0,
    default: 5_000,
    description:
      'Sockets that may be open from one client address (IPv6: /64 network), counted likewise; 0: as many as there are. As with `RATE_LIMIT_IP`, ' +
      'loopback and private addresses are not limited',
  }),
})
