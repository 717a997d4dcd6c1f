import { createHash } from 'node:crypto'
import { admin } from '../api/admin.ts'
import { audience } from '../api/audience.ts'
import { chat } from '../api/chat.ts'
import { clientEvents } from '../api/client-events.ts'
import { edge } from '../api/edge.ts'
import { host } from '../api/host.ts'
import { notifications } from '../api/notifications.ts'
import type { Procedure } from '../api/operation.ts'
import { presence } from '../api/presence.ts'
import { attachments, authority, claims, directUploads } from '../api/storage.ts'
import { oversight, webhooks } from '../api/webhooks.ts'
import { Event, eventData } from '../events/events.ts'
import { encodeLiveEnvelope } from '../live/live-envelope.ts'
import { serverEvents } from '../live/server-events.ts'
import { EVENT_STREAM, LIVE_SHARDS, shardOf, subjects } from '../live/subjects.ts'
import type { Topic } from '../live/topic.ts'
import { topics } from '../live/topics.ts'
import { errorStatus } from '../shapes/errors.ts'
import { definitions, type JsonSchema, withReferences } from './named-schemas.ts'
import type { LockedCall, Wire } from './wire-compatibility.ts'

/** The content of wire-lock.json: the wire that was promised, and a hash that shows an edit by hand. */
export interface WireLock {
  hash: string
  wire: Wire
}

const PREFIX = '#/definitions/'

/** The wire as the contracts describe it now; descriptions are left out. */
export function currentWire(): Wire {
  const { type: _type, data: _data, ...envelope } = Event.properties
  // Those of host, admin, attachments, notifications and webhooks do not cross the bus; REST has their shapes.
  const contracts = [
    chat,
    edge,
    host,
    admin,
    attachments,
    directUploads,
    claims,
    authority,
    notifications,
    audience,
    presence,
    webhooks,
    oversight,
  ]
  const procedures = contracts.flatMap(({ prefix, procedures }) =>
    Object.entries<Procedure>(procedures).map(([name, procedure]): [string, LockedCall] => [
      `${prefix}.${name}`,
      {
        input: structureOf(procedure.input),
        output: structureOf(procedure.output),
        errors: [...procedure.errors].sort(),
        batched: procedure.batchKey !== undefined,
      },
    ]),
  )
  return {
    procedures: Object.fromEntries(procedures),
    clientEvents: mapValues(clientEvents, ({ input, output }) => ({
      input: structureOf(input),
      output: structureOf(output),
    })),
    serverEvents: mapValues(serverEvents, structureOf),
    // `type` and `data` follow from the types, which are locked one by one and may become more.
    event: structureOf({ type: 'object', required: Object.keys(envelope), properties: envelope }),
    eventData: mapValues(eventData, structureOf),
    topics: lockedTopics([
      topics.pulse,
      topics.replica('{service}'),
      topics.replay('{publisherId}'),
      topics.control,
      topics.online,
    ]),
    hostTopics: lockedTopics([topics.hostContext('{tenantId}')]),
    errors: { ...errorStatus },
    facts: facts(),
    definitions: mapValues(definitions(PREFIX), withoutDescriptions),
  }
}

/** A topic of several kinds of things has an entry for each: a listener leaves aside a kind that it does not know. */
function lockedTopics(all: readonly Topic[]): Record<string, JsonSchema> {
  const entries = all.flatMap(({ subject, schema }): [string, JsonSchema][] => {
    const { anyOf } = schema as { anyOf?: { properties: { kind: { const: string } } }[] }
    if (!anyOf) return [[subject, structureOf(schema)]]
    return anyOf.map((kind) => [`${subject} ${kind.properties.kind.const}`, structureOf(kind)])
  })
  return Object.fromEntries(entries)
}

/** What is no schema, by example: a peer of another release has to compute the same. */
function facts(): Wire['facts'] {
  const envelope = encodeLiveEnvelope('publisher', 7, [
    {
      tenantId: 'default',
      conversationId: '01900000-0000-7000-8000-000000000001',
      seq: 5,
      rev: 3,
      span: 1,
      aboutSeq: 5,
      audience: { version: 2, userIds: ['ana', 'Zoë'] },
      event: 'new_message',
      json: '{"seq":5}',
    },
  ])
  return {
    'live subject of shard 3': subjects.live(3),
    'live envelope': Buffer.from(envelope).toString('hex'),
    'live shards': LIVE_SHARDS,
    'shard of tenant default': shardOf('default'),
    'shard of tenant acme-1': shardOf('acme-1'),
    'pulse subject': subjects.pulse,
    'replica subject of service s': subjects.replica('s'),
    'replay subject of publisher p': subjects.replay('p'),
    'event subject of message.created in tenant acme': subjects.event('acme', 'message.created'),
    'subject of all events': subjects.allEvents,
    'event stream': EVENT_STREAM,
  }
}

export function lockOf(wire: Wire): WireLock {
  return {
    hash: createHash('sha256')
      .update(JSON.stringify(sorted(wire)))
      .digest('hex'),
    wire,
  }
}

const structureOf = (schema: object): JsonSchema => withoutDescriptions(withReferences(schema, PREFIX))

function withoutDescriptions(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema)
      // a field may be called "description": only a text is one
      .filter(([keyword, value]) => !(keyword === 'description' && typeof value === 'string'))
      .map(([keyword, value]) => [keyword, withinDescriptions(value)]),
  )
}

function withinDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withinDescriptions)
  return typeof value === 'object' && value !== null ? withoutDescriptions(value as JsonSchema) : value
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}

/** Keys in one order, so that moving lines in the contracts changes no hash. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
