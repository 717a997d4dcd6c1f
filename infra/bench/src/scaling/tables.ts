import { type Cost, costs } from './costs.ts'
import { type Population, type Scale, scaleOf } from './model.ts'

const number = (value: number, digits = value < 10 ? 1 : 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits })
const bytes = (value: number) => {
  const unit = ['B', 'KB', 'MB', 'GB', 'TB'].findIndex((_, power) => value < 1_000 ** (power + 1))
  return `${number(value / 1_000 ** unit)} ${['B', 'KB', 'MB', 'GB', 'TB'][unit]}`
}
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const WANTED: readonly (readonly [string, (scale: Scale, population: Population) => string])[] = [
  ['people', ({ people }) => number(people)],
  ['messages a second, busiest minute', ({ messages }) => number(messages)],
  ['deliveries a second', ({ deliveries }) => number(deliveries)],
  ['gateways', ({ gateways }) => number(gateways)],
  ['of each: memory', ({ gateway }) => bytes(gateway.memory)],
  ['of each: a core, for its own people', ({ gateway }) => `${number(gateway.own * 100)} %`],
  ['of each: a core, to hear what concerns others', ({ gateway }) => `${number(gateway.hearing * 100)} %`],
  ['of each: comes in from NATS, a second', ({ gateway }) => bytes(gateway.heardBytes)],
  ['NATS sends, a second', ({ nats }) => bytes(nats.bytes)],
  ['NATS, cores', ({ nats }, { load }) => number(nats.cores / load)],
  ['Redis, its one core: typing', ({ redis }) => `${number(redis.typing * 100)} %`],
  ['Redis, its one core: presence', ({ redis }) => `${number(redis.presence * 100)} %`],
  ['conversation services, cores', ({ conversationCores }, { load }) => number(conversationCores / load)],
  ['Postgres, cores for messages', ({ databaseCores }, { load }) => number(databaseCores / load)],
  ['write-ahead log, a second', ({ walBytes }) => bytes(walBytes)],
  ['notification workers, cores', ({ notifierCores }, { load }) => number(notifierCores / load)],
  ['messages a day', ({ messagesPerDay }) => number(messagesPerDay)],
  ['disk for a day of messages', ({ diskPerDay }) => bytes(diskPerDay)],
  ['disk for seven days of events', ({ eventsOnDisk }) => bytes(eventsOnDisk)],
  ['messages a second of one tenant, at most', ({ ceilingOfATenant }) => number(ceilingOfATenant)],
  ['all come back at once: CPU of each gateway', ({ returning }) => `${number(returning.gateway)} s`],
  ['CPU of conversation services', ({ returning }) => `${number(returning.conversation)} s`],
  ['CPU of Postgres', ({ returning }) => `${number(returning.database)} s`],
]

/** What each of these populations needs, as a table in Markdown: a column of each. */
export function scaleTable(populations: readonly Population[]): string {
  const rows = WANTED.map(([what, of]) => [what, ...populations.map((one) => of(scaleOf(one), one))])
  return table(['sockets', ...populations.map(({ sockets }) => number(sockets))], rows)
}

/** What the model goes by, as a table in Markdown. */
export function costsTable(): string {
  const rows = Object.values<Cost>(costs).map(({ what, value, unit, from }) => [what, number(value), unit, from])
  return table(['what', 'costs', 'unit', 'from'], rows)
}
