import { settings } from '@parley/runtime'
import { type Static, Type } from 'typebox'

const where = (kind: string, from: string) =>
  Type.String({
    pattern: '^https?://[^/\\s]+$',
    default: from,
    expected: 'a URL http://host:port',
    description: `${kind}, as the edge reaches them: each address that the name has is a process`,
  })

export type Config = Static<typeof Config>
/** The settings of the edge. Those of its own are declared here, and appear in the README's table. */
export const Config = Type.Object({
  PORT: settings.PORT,
  HOST: settings.HOST,
  LOG_LEVEL: settings.LOG_LEVEL,
  EDGE_CONVERSATIONS: where('The conversation services', 'http://conversation:8080'),
  EDGE_GATEWAYS: where('The gateways', 'http://gateway:8080'),
  EDGE_STORAGES: where('The storage services', 'http://storage:8080'),
  EDGE_NOTIFIERS: where('The notification workers', 'http://notifier:8080'),
})
