import { inspectNats, type NatsFacts } from '@parley/bus'
import { EVENT_STREAM, HOST_STREAM } from '@parley/contracts'
import { eventStream, hostStream } from '@parley/conversation'
import { type Check, type Finding, type Patient, SERVICES, type ServiceName, saying } from './finding.ts'

const { ok, warning, wrong } = saying('bus')

/** What a service has to be allowed, tried on subjects that nobody listens to: the last word is ours wherever any word is allowed. */
const SUBJECTS: Record<ServiceName, { publish: readonly string[]; subscribe: readonly string[] }> = {
  conversation: {
    publish: [
      ...['parley.live.v1.doctor', 'parley.rpc.v1.claims.doctor', 'parley.rpc.v1.presence.doctor'],
      ...['parley.rpc.v1.hooks.doctor', '_INBOX_gateway.doctor', '_INBOX_storage.doctor', '_INBOX_notifier.doctor'],
    ],
    subscribe: [
      ...['chat', 'edge', 'authority', 'audience', 'oversight'].map((contract) => `parley.rpc.v1.${contract}.doctor`),
      ...['parley.replay.v1.doctor', 'parley.control.v1', 'parley.online.v1', '_INBOX_conversation.doctor'],
    ],
  },
  gateway: {
    publish: [
      ...['parley.rpc.v1.chat.doctor', 'parley.rpc.v1.edge.doctor', 'parley.replay.v1.doctor'],
      ...['_INBOX_conversation.doctor', '_INBOX_notifier.doctor'],
    ],
    subscribe: [
      ...['parley.rpc.v1.presence.doctor', 'parley.live.v1.doctor', 'parley.pulse.v1', 'parley.control.v1'],
      ...['parley.replica.v1.conversation', '_INBOX_gateway.doctor'],
    ],
  },
  storage: {
    publish: ['parley.rpc.v1.authority.doctor', '_INBOX_conversation.doctor'],
    subscribe: ['parley.rpc.v1.claims.doctor', 'parley.replica.v1.conversation', '_INBOX_storage.doctor'],
  },
  notifier: {
    publish: [
      ...['audience', 'oversight', 'presence'].map((contract) => `parley.rpc.v1.${contract}.doctor`),
      '_INBOX_conversation.doctor',
    ],
    subscribe: [
      ...['parley.rpc.v1.hooks.doctor', 'parley.control.v1', 'parley.replica.v1.conversation'],
      '_INBOX_notifier.doctor',
    ],
  },
}

const CONSUMERS: Partial<Record<ServiceName, string>> = { storage: 'storage', notifier: 'notifier-webhooks' }
const STREAMS = { [EVENT_STREAM]: eventStream, [HOST_STREAM]: hostStream }

export const bus: Check = {
  name: 'bus',
  async look(patient) {
    const { NATS_URL: servers } = patient.config
    if (servers === undefined) return [ok('in this process: for one process')]
    const services = servicesOf(servers, patient.services)
    const [only] = services.length === 1 ? services : []
    const looksAtStreams = services.includes('conversation')
    const facts = await inspectNats(
      { servers, name: 'doctor', ...(only && { inboxPrefix: `_INBOX_${only}` }) },
      {
        publish: services.flatMap((service) => SUBJECTS[service].publish),
        subscribe: services.flatMap((service) => SUBJECTS[service].subscribe),
        streams: looksAtStreams ? Object.keys(STREAMS) : [],
        consumers: services.flatMap((service) => {
          const name = CONSUMERS[service]
          return name === undefined ? [] : { stream: EVENT_STREAM, name }
        }),
      },
    ).catch((err: Error) => err)
    if (facts instanceof Error) return [wrong(facts.message, 'NATS_URL, or the server')]
    return [
      permissionFinding(facts, services),
      ...[...facts.streams].map(([name, stream]) => streamFinding(name as keyof typeof STREAMS, stream, patient)),
      ...[...facts.consumers].map(([name, is]) => consumerFinding(name, is)),
      ...(facts.disk ? [diskFinding(facts.disk, facts)] : []),
    ]
  },
}

/** A user of infra/nats.conf is of the service that it is called after, and may do no more. */
function servicesOf(servers: string, asked: readonly ServiceName[]): readonly ServiceName[] {
  const user = /\/\/([^:@/]+)(?::[^@/]*)?@/.exec(servers)?.[1]
  return SERVICES.includes(user as ServiceName) ? [user as ServiceName] : asked
}

function permissionFinding({ version, refused }: NatsFacts, services: readonly ServiceName[]): Finding {
  const who = services.join(', ')
  if (refused.length === 0) return ok(`NATS ${version}, where ${who} may do what they have to`)
  return wrong(
    `NATS ${version} refuses ${who}: ${refused.slice(0, 4).join(', ')}${refused.length > 4 ? ` and ${refused.length - 4} more` : ''}`,
    "the user's permissions in the server, as infra/nats.conf has them, or the user in NATS_URL",
  )
}

function streamFinding(
  name: keyof typeof STREAMS,
  stream: NatsFacts['streams'] extends Map<string, infer S> ? S : never,
  { isProduction, config: { NATS_REPLICAS: replicas } }: Patient,
): Finding {
  const wanted = STREAMS[name]!
  if (stream === undefined)
    return wrong(
      `there is no stream ${name}`,
      'start a conversation service, which makes it; where one has run, its store was lost: npm run replay tells again what is in the database',
    )
  if (typeof stream === 'string')
    return wrong(`the stream ${name} cannot be looked at: ${stream}`, 'start nats-server with -js, or correct NATS_URL')
  if (!stream.isOnDisk)
    return wrong(`the stream ${name} is kept in memory`, 'delete it; the conversation service makes it on disk')
  const other = [
    ...(wanted.subjects.every((subject) => stream.subjects.includes(subject)) ? [] : ['subjects']),
    ...(stream.maxAgeMs === wanted.maxAgeMs ? [] : ['age']),
    ...(stream.maxBytes === wanted.maxBytes ? [] : ['size']),
    ...(replicas === undefined || stream.replicas === replicas
      ? []
      : [`${stream.replicas} ${stream.replicas === 1 ? 'replica' : 'replicas'}`]),
  ]
  if (other.length > 0)
    return warning(
      `the stream ${name} has other bounds than it should: ${other.join(', ')}`,
      'start a conversation service, which puts it right',
    )
  const size = `${name}: ${(stream.bytes / 1024 ** 2).toFixed(0)} of ${(stream.maxBytes / 1024 ** 2).toFixed(0)} MiB`
  if (isProduction && stream.replicas === 1)
    return warning(
      `${size}, on one server alone`,
      'NATS_REPLICAS=3, where there is a cluster; what is lost is told again from the database',
    )
  return ok(`${size}, ${stream.replicas === 1 ? 'on one server' : `on ${stream.replicas} servers`}`)
}

function consumerFinding(name: string, is: boolean | string): Finding {
  if (is === true) return ok(`the consumer ${name} is there`)
  if (is === false) return warning(`there is no consumer ${name} yet`, 'start that service, which makes it')
  return wrong(
    `the consumer ${name} cannot be looked at: ${is}`,
    'start a conversation service, or correct the permissions',
  )
}

function diskFinding({ used, limit }: { used: number; limit: number }, { streams }: NatsFacts): Finding {
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`
  if (limit <= 0) return ok(`JetStream has ${gib(used)} on disk`)
  const kept = [...streams.values()].reduce(
    (sum, stream) => sum + (typeof stream === 'object' ? Math.max(0, stream.maxBytes - stream.bytes) : 0),
    0,
  )
  const says = `JetStream has ${gib(used)} of ${gib(limit)} on disk`
  return limit - used < kept
    ? warning(`${says}: less is left than the streams may grow by`, 'raise max_file_store in the configuration of NATS')
    : ok(says)
}
