import { setTimeout as sleep } from 'node:timers/promises'
import { errorStatus } from '@parley/contracts'
import { io } from 'socket.io-client'
import type { TestSocket } from '../stack/test-client.ts'
import type { TestStack } from '../stack/test-stack.ts'
import { notifierOperations } from './devices.ts'
import { fileOperations } from './files.ts'
import { events, operations } from './matrix.ts'
import { type Asked, requestOf } from './requests.ts'
import { isUnknown, type Outcome, type Place, type Role, roles } from './roles.ts'
import { leaksIn, leaksInRefusal } from './secrets.ts'
import { type Case, expectedOf } from './verdicts.ts'
import type { Target, World } from './world.ts'

/** An operation of the OpenAPI document, by its operationId. */
export interface Operation extends Asked {
  method: string
  path: string
  /** The codes that it says it may answer with. */
  codes: Set<string>
}
interface Document {
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string
        requestBody?: { content: Record<string, unknown> }
        responses: Record<string, { description: string }>
      }
    >
  >
}

export async function operationsOf(url: string): Promise<Map<string, Operation>> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as Document
  const found = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, requestBody, responses }]) => {
      const codes = Object.values(responses).flatMap(({ description }) =>
        [...description.matchAll(/`(\w+)`/g)].map(([, code]) => code!),
      )
      const operation = {
        method: method.toUpperCase(),
        path,
        hasBody: requestBody !== undefined,
        isForm: Object.hasOwn(requestBody?.content ?? {}, 'multipart/form-data'),
        codes: new Set(codes),
      }
      return [operationId, operation] as const
    }),
  )
  return new Map(found)
}

interface Probe {
  name: string
  one: Case
  role: Role
  place: Place
  expected: Outcome
}
/** What came of a probe. */
interface Answer {
  actual: string
  /** What is said of a refusal. */
  message: string
  /** What is wrong besides the outcome. */
  faults: string[]
}
export interface Answered extends Probe, Answer {
  surface: 'REST' | 'sockets'
  /** Which replica answered. */
  at: string
}

/**
 * Every case of each row, for every role, in every place. Neighbours are about different things, and do not wait for each other. Servers are asked
 * all of them; over embedded parts, where the same use-cases and the same SQL answer, all that is allowed and every fourth refusal.
 */
function probesOf(table: Record<string, readonly Case[]>, world: World, { name }: TestStack): Probe[] {
  return allProbesOf(table, world).filter(
    ({ expected }, number) => name === 'servers' || expected === 'ok' || number % 4 === 0,
  )
}

function allProbesOf(table: Record<string, readonly Case[]>, world: World): Probe[] {
  const cases = Object.entries(table).flatMap(([name, ways]) => ways.map((one) => ({ name, one })))
  return roles.flatMap((role) =>
    cases.flatMap(({ name, one }) =>
      one.at.flatMap((place) =>
        one.whose === 'own' && !world.hasOwn(role, place)
          ? []
          : [{ name, one, role, place, expected: expectedOf(one, role, place) }],
      ),
    ),
  )
}

/** As clients do who are told to come back: on a busy machine a lock may be waited for in vain. */
async function served(ask: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask().catch((err) => ({ actual: 'not to be tried', message: String(err), faults: [] }))
    if (answer.actual !== 'unavailable' || attempt === 10) return answer
    await sleep(100 * attempt)
  }
}

const targetOf = (world: World, { role, place, one, expected }: Probe): Promise<Target> =>
  world.target(role, place, one.whose, one.uses, expected === 'ok')

interface Reply {
  code?: string
  detail?: string
  message?: string
  requestId?: string
  gone?: string[]
  conversations?: unknown[]
}

async function probeRest(url: string, operation: Operation, world: World, probe: Probe): Promise<Answer> {
  const { method, path, codes } = operation
  const target = await targetOf(world, probe)
  const rest = probe.one.input(target)
  const sent = JSON.stringify(rest)
  const named = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  const { headers, body } = await requestOf(probe.name, operation, rest)
  const isInQuery = body === undefined && !('upload-metadata' in headers)
  const query = isInQuery ? new URLSearchParams(rest as Record<string, string>) : ''
  const response = await fetch(`${url}${named}${query ? `?${query}` : ''}`, {
    method,
    headers: { ...headers, ...(target.token !== undefined && { authorization: `Bearer ${target.token}` }) },
    ...(body !== undefined && { body }),
  })
  const text = await response.text()
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')
  const reply = (isJson && text ? JSON.parse(text) : {}) as Reply
  const faults: string[] = []
  if (response.ok) return { actual: outcomeOf(reply), message: '', faults: leaksIn(text, probe.role) }
  const { requestId = '', code = 'no code', detail = '' } = reply
  if (!response.headers.get('content-type')?.startsWith('application/problem+json')) faults.push('no problem details')
  if (errorStatus[code as keyof typeof errorStatus] !== response.status) faults.push(`status ${response.status}`)
  if (!codes.has(code)) faults.push('a code that the document does not name')
  return { actual: code, message: detail, faults: [...faults, ...leaksInRefusal(text.replace(requestId, ''), sent)] }
}

const outcomeOf = ({ gone, conversations }: Reply) =>
  gone && gone.length > 0 && conversations?.length === 0 ? 'gone' : 'ok'

const typing = ['typing_start', 'typing_stop']

async function probeSocket(socket: TestSocket, world: World, probe: Probe): Promise<Answer> {
  const target = await targetOf(world, probe)
  const input = probe.one.input(target)
  const name = probe.name as keyof typeof events
  if (typing.includes(name)) await socket.send('join_conversation', input)
  const reply = await socket.send(name, input)
  if (typing.includes(name)) await socket.send('leave_conversation', input)
  if (reply.ok)
    return { actual: outcomeOf(reply.data as Reply), message: '', faults: leaksIn(JSON.stringify(reply), probe.role) }
  const { code, message } = reply.error
  return { actual: code, message, faults: leaksInRefusal(JSON.stringify(reply), JSON.stringify(input)) }
}

/** What a handshake with this token is refused with. */
export async function probeHandshake(url: string, token: string | undefined): Promise<Answer> {
  const socket = io(url, { forceNew: true, reconnection: false, ...(token !== undefined && { auth: { token } }) })
  try {
    return await new Promise<Answer>((resolve) => {
      socket.once('ready', () => resolve({ actual: 'ok', message: '', faults: [] }))
      socket.once('connect_error', (err: Error & { data?: Reply }) => {
        const { code = 'no code', message = '' } = err.data ?? {}
        resolve({ actual: code, message, faults: leaksInRefusal(JSON.stringify([err.message, err.data]), '') })
      })
    })
  } finally {
    socket.close()
  }
}

const AT_ONCE = 12

/** Every second one to the second of two: they run the same code, and each is asked for everything by somebody somewhere. */
const shareOf = (probes: Probe[], replica: number, replicas: number) =>
  probes.filter((_, number) => number % replicas === replica)

/** Asks everything at REST, one replica or another. */
export async function askRest(stack: TestStack, document: Map<string, Operation>, world: World): Promise<Answered[]> {
  const probes = probesOf(operations, world, stack).filter(({ name }) => document.has(name))
  const answered: Answered[] = []
  const lanes = stack.restUrls.map((url, replica) => {
    const left = shareOf(probes, replica, stack.restUrls.length).values()
    const storageUrl = stack.storageUrls[replica % stack.storageUrls.length]!
    const notifierUrl = stack.notifierUrls[replica % stack.notifierUrls.length]!
    const atOf = (name: string) => {
      if (Object.hasOwn(fileOperations, name)) return storageUrl
      return Object.hasOwn(notifierOperations, name) ? notifierUrl : url
    }
    const work = async () => {
      for (const probe of left) {
        const answer = await served(() => probeRest(atOf(probe.name), document.get(probe.name)!, world, probe))
        answered.push({ ...probe, surface: 'REST', at: `REST ${replica}`, ...answer })
      }
    }
    return Promise.all(Array.from({ length: AT_ONCE / stack.restUrls.length }, work))
  })
  await Promise.all(lanes)
  return answered
}

/** Asks everything at sockets, one gateway or another: each role one after the other, and without a token by handshakes. */
export async function askSockets(
  stack: TestStack,
  sockets: Map<Role, TestSocket>[],
  world: World,
): Promise<Answered[]> {
  const probes = probesOf(events, world, stack)
  const answered: Answered[] = []
  const lanes = stack.gatewayUrls.flatMap((url, gateway) => roles.map((role) => ({ url, gateway, role })))
  const work = async ({ url, gateway, role }: (typeof lanes)[number]) => {
    const socket = sockets[gateway]!.get(role)
    const theirs = probes.filter((one) => one.role === role)
    for (const probe of shareOf(theirs, gateway, stack.gatewayUrls.length)) {
      const answer = await served(() => (socket ? probeSocket(socket, world, probe) : probeHandshake(url, undefined)))
      answered.push({ ...probe, surface: 'sockets', at: `gateway ${gateway}`, ...answer })
    }
  }
  await Promise.all(lanes.map(work))
  return answered
}

const inWords = ({ at, name, one, place, role }: Answered) =>
  [at, name, one.way, one.whose, 'at', place, 'as', role].filter(Boolean).join(' ')

/** What was not as the table says, in words. */
export function wrongOf(answered: readonly Answered[]): string[] {
  return answered.flatMap((one) => {
    const { expected, actual, message, faults } = one
    const wrong = actual === expected ? faults : [`${actual} (${message}) instead of ${expected}`, ...faults]
    return wrong.map((fault) => `${inWords(one)}: ${fault}`)
  })
}

/** What is answered differently for what does not exist and for what the asker may not know of. */
export function tellingApart(answered: readonly Answered[]): string[] {
  const said = new Map<string, Map<string, string>>()
  for (const one of answered) {
    // what they may still do where they were, they know of
    const isTheirs = one.role === 'exParticipant' && expectedOf(one.one, one.role, one.place) === 'ok'
    if (!isUnknown(one.role, one.place) || isTheirs) continue
    const key = [one.surface, one.name, one.one.way, one.one.whose, one.role].join(' ')
    const answers = said.get(key) ?? new Map<string, string>()
    said.set(key, answers.set(`${one.actual} (${one.message})`, one.place))
  }
  return [...said].flatMap(([key, answers]) =>
    answers.size > 1 ? [`${key}: ${[...answers].map(([answer, place]) => `${answer} at ${place}`).join(', ')}`] : [],
  )
}
