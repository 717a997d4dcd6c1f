import type { EventType } from '../events/events.ts'

/** Live envelopes are spread over this many subjects, so that a gateway hears only of tenants that it serves. */
export const LIVE_SHARDS = 64

/** FNV-1a, 32 bit: stable across processes and versions, which the shard of a tenant has to be. */
export function shardOf(tenantId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < tenantId.length; i++) hash = Math.imul(hash ^ tenantId.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % LIVE_SHARDS
}

/** The JetStream streams, and every subject that crosses the bus. RPC subjects are `<contract prefix>.<procedure>`. */
export const EVENT_STREAM = 'PARLEY_EVENTS'
/** What the host's backends tell, kept until it is applied. */
export const HOST_STREAM = 'PARLEY_HOST'
export const subjects = {
  live: (shard: number) => `parley.live.v1.${shard}`,
  /** Every publisher says once a second how far it has counted. */
  pulse: 'parley.pulse.v1',
  /** Every replica of a service says four times a second that it is there; its own RPC subjects end in its id. */
  replica: (service: string) => `parley.replica.v1.${service}`,
  replay: (publisherId: string) => `parley.replay.v1.${publisherId}`,
  /** What gateways and replicas do at once that concerns no conversation: see control.ts. */
  control: 'parley.control.v1',
  /** Every gateway says every two seconds how many users are connected to it. */
  online: 'parley.online.v1',
  /** Each gateway answers it; where it is permitted to hear what services ask gateways, it hears this too. */
  heard: 'parley.rpc.v1.presence.heard',
  /** What the host's backend tells durably: the body is a PUT's, with `type` and `id`. */
  hostContext: (tenantId: string) => `parley.host.v1.${tenantId}.context.upsert`,
  allOfHosts: 'parley.host.v1.>',
  event: (tenantId: string, type: EventType) => `parley.event.v1.${tenantId}.${type}`,
  /** What happens to messages of a tenant. */
  messageEvents: (tenantId: string) => `parley.event.v1.${tenantId}.message.*`,
  deletedMessages: 'parley.event.v1.*.message.deleted',
  allEvents: 'parley.event.v1.>',
} as const
