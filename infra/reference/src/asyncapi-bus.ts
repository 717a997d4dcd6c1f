import {
  Actor,
  Control,
  chat,
  EVENT_STREAM,
  Event,
  EventHeaders,
  type EventType,
  edge,
  eventData,
  HOST_STREAM,
  LIVE_SHARDS,
  Online,
  type Procedure,
  Pulse,
  ReplayRequest,
  ReplicaBeat,
  type RpcContract,
  subjects,
  UpsertContext,
} from '@parley/contracts'
import { Type } from 'typebox'
import { message, type Part, reference, replySchema } from './asyncapi-parts.ts'
import { eventTypeMeanings } from './event-meanings.ts'
import { contextExample, eventExample } from './examples.ts'

const servers = [reference('servers', 'bus')]
const internal = { 'x-audience': 'internal' }
const tenantId = { description: 'Tenant: 1 to 40 of a-z, 0-9 and -' }

/** Every subject of the bus. */
export function busChannels(): Part[] {
  return [
    events(),
    hostContexts(),
    live(),
    pulse(),
    replica(),
    replay(),
    control(),
    online(),
    calls('chat', chat),
    calls('edge', edge),
  ]
}

function events(): Part {
  const types = Object.keys(eventData) as EventType[]
  const headers = Type.Object({
    'Nats-Msg-Id': Type.String({ description: "The event's id: JetStream drops a repeat within its window" }),
    ...EventHeaders.properties,
  })
  const messages = types.map((type) => {
    const payload = Type.Object({ ...Event.properties, type: Type.Literal(type), data: eventData[type] })
    const example = type === eventExample.type ? { example: eventExample } : {}
    return [type, message({ name: type, summary: eventTypeMeanings[type], headers, payload, ...example })]
  })
  return {
    name: 'events',
    channel: {
      address: 'parley.event.v1.{tenantId}.{type}',
      title: `JetStream stream ${EVENT_STREAM}`,
      description:
        `Durable events for the host's own backend: make a durable consumer on the stream \`${EVENT_STREAM}\` with the filter ` +
        `\`${subjects.allEvents}\`, or a narrower one. Delivered **at least once and in no promised order**: drop an \`id\` seen ` +
        'before, and per conversation apply only what has a higher (seq, rev) than what you hold. `data` is the present state ' +
        'at the time of publishing: a message deleted before its event was relayed arrives as a tombstone. The stream is a ' +
        'transport with bounded age and size, not the history: that is in REST.',
      servers,
      parameters: { tenantId, type: { description: 'The type of the event', enum: types } },
      messages: Object.fromEntries(messages),
      'x-audience': 'public',
    },
    operations: {
      publishEvent: { action: 'send', summary: 'After each commit', channel: reference('channels', 'events') },
    },
  }
}

function hostContexts(): Part {
  return {
    name: 'hostContexts',
    channel: {
      address: subjects.hostContext('{tenantId}'),
      title: `JetStream stream ${HOST_STREAM}`,
      description:
        "From the host's backend, instead of PUT /v1/contexts: kept until it is applied, however long Parley is away. Give " +
        'each one a `version`, since they may be applied in another order, and a `Nats-Msg-Id` against repeats. What can ' +
        'never be applied (not JSON, another shape) is logged and left aside.',
      servers,
      parameters: { tenantId },
      messages: {
        upsert: message({ name: 'upsert', payload: UpsertContext, example: contextExample }),
      },
      'x-audience': 'public',
    },
    operations: {
      upsertContext: { action: 'receive', channel: reference('channels', 'hostContexts') },
    },
  }
}

function control(): Part {
  return {
    name: 'control',
    channel: {
      address: subjects.control,
      description:
        'What gateways and replicas do at once: close the sockets of a disabled user, forget a policy, pass a broadcast on. At ' +
        'most once; who missed it finds out by asking, within seconds.',
      servers,
      messages: { control: message({ name: 'control', payload: Control }) },
      ...internal,
    },
    operations: {
      sayControl: { action: 'send', channel: reference('channels', 'control') },
      hearControl: { action: 'receive', channel: reference('channels', 'control') },
    },
  }
}

function online(): Part {
  return {
    name: 'online',
    channel: {
      address: subjects.online,
      description: 'Every gateway says every two seconds how many users are connected to it.',
      servers,
      messages: { online: message({ name: 'online', payload: Online }) },
      ...internal,
    },
    operations: {
      sayOnline: { action: 'send', channel: reference('channels', 'online') },
      hearOnline: { action: 'receive', channel: reference('channels', 'online') },
    },
  }
}

const envelope = { type: 'string', format: 'binary', description: 'Live envelope, format 1: see live-envelope.ts' }

function live(): Part {
  return {
    name: 'live',
    channel: {
      address: 'parley.live.v1.{shard}',
      description: `What gateways emit to their sockets, right after a commit. Tenants are spread over ${LIVE_SHARDS} shards.`,
      servers,
      parameters: { shard: { description: `0 to ${LIVE_SHARDS - 1}: FNV-1a of the tenant modulo ${LIVE_SHARDS}` } },
      messages: {
        envelope: message({ name: 'envelope', contentType: 'application/octet-stream', payload: envelope }),
      },
      ...internal,
    },
    operations: {
      publishLive: { action: 'send', channel: reference('channels', 'live') },
      hearLive: { action: 'receive', channel: reference('channels', 'live') },
    },
  }
}

function pulse(): Part {
  return {
    name: 'pulse',
    channel: {
      address: subjects.pulse,
      description:
        'Every publisher of live envelopes says once a second how far it has counted, so that gaps are noticed.',
      servers,
      messages: { pulse: message({ name: 'pulse', payload: Pulse }) },
      ...internal,
    },
    operations: {
      sayPulse: { action: 'send', channel: reference('channels', 'pulse') },
      hearPulse: { action: 'receive', channel: reference('channels', 'pulse') },
    },
  }
}

function replica(): Part {
  return {
    name: 'replica',
    channel: {
      address: subjects.replica('conversation'),
      description: 'Every replica says four times a second that it is there. One that falls silent gets no more calls.',
      servers,
      messages: { beat: message({ name: 'beat', payload: ReplicaBeat }) },
      ...internal,
    },
    operations: {
      sayReplica: { action: 'send', channel: reference('channels', 'replica') },
      hearReplica: { action: 'receive', channel: reference('channels', 'replica') },
    },
  }
}

function replay(): Part {
  const messages = {
    request: message({ name: 'request', payload: ReplayRequest }),
    envelope: message({ name: 'envelope', contentType: 'application/octet-stream', payload: envelope }),
  }
  const channel = reference('channels', 'replay')
  return {
    name: 'replay',
    channel: {
      address: 'parley.replay.v1.{publisherId}',
      description:
        'Request and replies: a gateway asks a publisher for envelopes that it missed, and gets them one by one; an empty ' +
        'reply says that they are no longer at hand.',
      servers,
      parameters: { publisherId: { description: 'As its envelopes and pulses name it' } },
      messages,
      ...internal,
    },
    operations: {
      replay: {
        action: 'receive',
        channel,
        messages: [reference('channels', 'replay', 'messages', 'request')],
        reply: { channel, messages: [reference('channels', 'replay', 'messages', 'envelope')] },
      },
    },
  }
}

/** One channel per contract; a procedure is one request and one reply. */
function calls(name: string, { prefix, procedures }: RpcContract): Part {
  const messages: Record<string, object> = {}
  const operations: Record<string, object> = {}
  const channel = reference('channels', `rpc.${name}`)
  for (const [procedure, { input, output, errors, batchKey }] of Object.entries<Procedure>(procedures)) {
    const call = Type.Object({ actor: Actor, input, deadline: Type.Number({ description: 'Epoch milliseconds' }) })
    const reply = replySchema(output)
    const indexed = Type.Unsafe({ type: 'array', items: [{ type: 'integer' }, reply] })
    messages[procedure] = message({
      name: procedure,
      summary: errors.length > 0 ? `May be refused with ${errors.join(', ')}` : 'Never refused but for its shape',
      payload: batchKey ? Type.Object({ items: Type.Array(call) }) : call,
    })
    messages[`${procedure}.reply`] = message({
      name: `${procedure}.reply`,
      payload: batchKey ? Type.Object({ items: Type.Array(indexed) }) : reply,
    })
    operations[`${name}.${procedure}`] = {
      action: 'receive',
      channel,
      messages: [reference('channels', `rpc.${name}`, 'messages', procedure)],
      reply: { channel, messages: [reference('channels', `rpc.${name}`, 'messages', `${procedure}.reply`)] },
    }
  }
  return {
    name: `rpc.${name}`,
    channel: {
      address: `${prefix}.{procedure}`,
      description:
        'Request and reply with an asserted actor: only processes with credentials for these subjects may call. A call past ' +
        'its deadline is dropped. Batched calls travel as `items`, and their replies as [index, reply] in one or more parts.',
      servers,
      parameters: { procedure: { description: 'The procedure', enum: Object.keys(procedures) } },
      messages,
      ...internal,
    },
    operations,
  }
}
