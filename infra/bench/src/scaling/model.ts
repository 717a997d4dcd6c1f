import { costs } from './costs.ts'

/** Who is there at noon, and what they do. */
export interface Population {
  /** Connected at once. */
  sockets: number
  devicesPerPerson: number
  /** What somebody who is there writes in an hour, at noon. */
  messagesPerHour: number
  /** How much more the busiest minute has than noon. */
  peak: number
  /** Other people in a conversation. */
  recipients: number
  /** Changes that gateways hear for each message: itself, and that it was read. */
  changesPerMessage: number
  /** Times that others are told of somebody who writes, for each message: that they begin, go on every three seconds, and end. */
  typingPerMessage: number
  /** How often a socket comes and goes in an hour. */
  connectsPerHour: number
  /** How often somebody looks at it, or away, in an hour. */
  looksPerHour: number
  /** How many hours of noon a day comes to. */
  hoursPerDay: number
  socketsPerGateway: number
  /** How far a core is filled. */
  load: number
}

export const NOON: Population = {
  sockets: 1_000_000,
  devicesPerPerson: 1.3,
  messagesPerHour: 6,
  peak: 3,
  recipients: 2,
  changesPerMessage: 2,
  typingPerMessage: 4,
  connectsPerHour: 4,
  looksPerHour: 12,
  hoursPerDay: 10,
  socketsPerGateway: 10_000,
  load: 0.5,
}

/** What it comes to in the busiest minute; rates by the second, memory and traffic in bytes, CPU in cores that are full. */
export interface Scale {
  people: number
  messages: number
  deliveries: number
  gateways: number
  /** Of each gateway. */
  gateway: { memory: number; own: number; hearing: number; heardBytes: number }
  conversationCores: number
  databaseCores: number
  walBytes: number
  notifierCores: number
  nats: { cores: number; bytes: number }
  /** Of the one that Redis has. */
  redis: { typing: number; presence: number }
  messagesPerDay: number
  diskPerDay: number
  /** What all events of the last seven days take. */
  eventsOnDisk: number
  /** Messages a second of one tenant, all of whose changes all its gateways hear: they fill a quarter of a gateway's core with what is others'. */
  ceilingOfATenant: number
  /** Everybody comes back at once, in CPU seconds: of each gateway, of all conversation services, of Postgres. */
  returning: { gateway: number; conversation: number; database: number }
}

/** Of a core. */
const A_QUARTER = 0.25

const cores = (perSecond: number, { value }: { value: number }) => (perSecond * value) / 1e6

/** What so many people need, by what each thing costs. Straight lines: nothing is assumed to become cheaper or dearer by number. */
export function scaleOf(population: Population): Scale {
  const { sockets, devicesPerPerson, recipients, socketsPerGateway } = population
  const people = sockets / devicesPerPerson
  const atNoon = (people * population.messagesPerHour) / 3_600
  const messages = atNoon * population.peak
  const changes = messages * population.changesPerMessage
  // all devices of all in the conversation hear a message, those of one person what else there is
  const deliveries = messages * (recipients + 1) * devicesPerPerson + (changes - messages) * devicesPerPerson
  const gateways = Math.max(2, Math.ceil(sockets / socketsPerGateway))
  const more = deliveries - 2 * messages
  const own = (cores(messages, costs.accept) + cores(more, costs.deliver)) / gateways
  const hearing = cores(changes, costs.heard)
  const messagesPerDay = atNoon * 3_600 * population.hoursPerDay
  const databaseCores = cores(messages, costs.database)
  const conversationCores = cores(messages, costs.commit)
  const moves = (sockets * population.connectsPerHour) / 3_600
  const looks = (people * population.looksPerHour) / 3_600
  const words = (perSecond: number) => cores(perSecond, costs.publish) + cores(perSecond * gateways, costs.hear)
  return {
    people,
    messages,
    deliveries,
    gateways,
    gateway: {
      memory: costs.gatewayBytes.value + socketsPerGateway * costs.socketBytes.value,
      own,
      hearing,
      heardBytes: changes * costs.liveBytes.value,
    },
    conversationCores,
    databaseCores,
    walBytes: messages * costs.walBytes.value,
    notifierCores: cores(messages, costs.notify),
    redis: {
      typing: words(messages * population.typingPerMessage),
      presence: cores(moves, costs.seat) + cores(looks, costs.look) + words(2 * moves + looks),
    },
    eventsOnDisk: 7 * messagesPerDay * costs.eventBytes.value,
    nats: {
      cores: cores(messages, costs.ask) + cores(changes * gateways, costs.tell),
      bytes: changes * costs.liveBytes.value * gateways,
    },
    messagesPerDay,
    diskPerDay: messagesPerDay * costs.rowBytes.value,
    ceilingOfATenant: (A_QUARTER * 1e6) / (population.changesPerMessage * costs.heard.value),
    returning: {
      gateway: cores(sockets / gateways, costs.comeBack),
      conversation: cores(sockets, costs.catchUp),
      database: cores(sockets, costs.read),
    },
  }
}
