import { execFile } from 'node:child_process'
import { readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import pg from 'pg'
import type { FaultShape } from './schedule.ts'
import { untilStreamsAreWhole } from './stream.ts'
import { PAIRS, type Pair, type ServerName, type World } from './world.ts'

/** One way to break the system. `inject` and `heal` of one target are never at work at the same time. */
export interface Fault extends FaultShape {
  /** Those of one group are never at work at the same time, whatever they hit. */
  group?: string
  inject(world: World, target: string, seed: number): Promise<void>
  heal(world: World, target: string): Promise<void>
}

const AT_ONCE = [0, 0] as const
const SHORT = [500, 4_000] as const
const PAUSE = [5_000, 20_000] as const
const HEAL_WITHIN_MS = 60_000

const conversations = ['conversation-1', 'conversation-2']
const gateways = ['gateway-1', 'gateway-2']
const storages = ['storage-1', 'storage-2']
const notifiers = ['notifier-1', 'notifier-2']
const nothing = async () => {}

function processOf(world: World, name: string) {
  const found = world.cluster.processes.find((process) => process.name === name)
  if (!found) throw new Error(`There is no process ${name}`)
  return found
}

/** A service that starts while its servers are away ends, and is started again, as an orchestrator would. */
export async function restart(world: World, name: string): Promise<void> {
  const deadline = Date.now() + HEAL_WITHIN_MS
  world.dying.add(name)
  try {
    while (true) {
      try {
        return await processOf(world, name).restart()
      } catch (error) {
        if (Date.now() > deadline) throw error
        await sleep(500)
      }
    }
  } finally {
    world.dying.delete(name)
  }
}

function processFaults(kind: string, targets: string[]): Fault[] {
  return [
    {
      name: `${kind} kill -9`,
      targets,
      holdMs: SHORT,
      async inject(world, target) {
        world.dying.add(target)
        await processOf(world, target).kill('SIGKILL')
      },
      heal: restart,
    },
    {
      name: `${kind} SIGSTOP`,
      targets,
      holdMs: PAUSE,
      inject: (world, target) => processOf(world, target).kill('SIGSTOP'),
      heal: (world, target) => processOf(world, target).kill('SIGCONT'),
    },
    // The restart itself sends it; a signal sent before would make that one the second, which means "at once".
    { name: `${kind} SIGTERM`, targets, holdMs: AT_ONCE, inject: nothing, heal: restart },
  ]
}

function serverFaults(
  name: ServerName,
  stopMs: readonly [number, number],
  pauseMs?: readonly [number, number],
): Fault[] {
  const targets = [name]
  const faults: Fault[] = [
    {
      name: `${name} kill -9`,
      targets,
      holdMs: stopMs,
      inject: (world) => world.servers[name].kill('SIGKILL'),
      heal: (world) => world.servers[name].restart(),
    },
  ]
  if (pauseMs)
    faults.push({
      name: `${name} SIGSTOP`,
      targets,
      holdMs: pauseMs,
      inject: (world) => world.servers[name].kill('SIGSTOP'),
      heal: (world) => world.servers[name].kill('SIGCONT'),
    })
  return faults
}

function linkFaults(name: ServerName): Fault[] {
  const targets = [`${name} link`]
  const heal = async (world: World) => world.links[name].heal()
  return [
    { name: `${name} link cut`, targets, holdMs: SHORT, inject: async (world) => world.links[name].cut(), heal },
    { name: `${name} link slow`, targets, holdMs: PAUSE, inject: async (world) => world.links[name].slow(40), heal },
    {
      name: `${name} link black hole`,
      targets,
      holdMs: [3_000, 12_000],
      inject: async (world) => world.links[name].blackHole(),
      heal,
    },
    {
      name: `${name} link half lost`,
      targets,
      holdMs: PAUSE,
      inject: async (world, _target, seed) => world.links[name].blackHole({ share: 0.5, seed }),
      heal,
    },
  ]
}

/** What a line that is nearly nothing lets pass. */
const NARROW_BYTES_PER_SECOND = 1_024

/** Between one kind of service and one server, while all others reach it. */
function pairFaults(pair: Pair): Fault[] {
  const targets = [`${pair} link`]
  const heal = async (world: World) => world.pairs[pair].heal()
  const holdMs = [5_000, 12_000] as const
  return [
    { name: `${pair} link cut`, targets, holdMs, inject: async ({ pairs }) => pairs[pair].cut(), heal },
    {
      ...{ name: `${pair} link narrow`, targets, holdMs, heal },
      inject: async ({ pairs }) => pairs[pair].throttle(NARROW_BYTES_PER_SECOND),
    },
    { name: `${pair} link black hole`, targets, holdMs, inject: async ({ pairs }) => pairs[pair].blackHole(), heal },
  ]
}

const terminateBackends: Fault = {
  name: 'postgres backends end',
  targets: ['postgres'],
  holdMs: AT_ONCE,
  async inject(world) {
    const client = new pg.Client({ connectionString: world.databaseUrl })
    client.on('error', () => {})
    await client.connect()
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'parley%' AND pid <> pg_backend_pid()`,
    )
    await client.end()
  },
  heal: nothing,
}

const wipeNats: Fault = {
  name: 'nats store wiped',
  targets: ['nats'],
  holdMs: [0, 2_000],
  async inject(world) {
    const { nats } = world.servers
    const folder = nats.pid === undefined ? undefined : await readlink(`/proc/${nats.pid}/cwd`).catch(() => undefined)
    // Where the store cannot be reached as a folder, the server is asked to forget it.
    if (folder === undefined) await deleteStreams(world.natsUrl)
    await nats.kill('SIGKILL')
    if (folder !== undefined) await rm(join(folder, 'data', 'jetstream'), { recursive: true, force: true })
  },
  async heal(world) {
    await world.servers.nats.restart()
    await replay(world.databaseUrl)
  },
}

const REPLAY = fileURLToPath(new URL('../../../services/conversation/dist/replay.js', import.meta.url))
/** What was wiped unconsumed is no older. */
const REPLAYED_MS = 5 * 60_000

/** As an operator does whose stream was lost: what was stored in it and not consumed is told again. */
async function replay(databaseUrl: string): Promise<void> {
  const since = new Date(Date.now() - REPLAYED_MS).toISOString()
  for (const deadline = Date.now() + HEAL_WITHIN_MS; ; await sleep(500)) {
    try {
      await promisify(execFile)(process.execPath, [REPLAY, '--since', since], {
        env: { ...process.env, DATABASE_URL: databaseUrl },
      })
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

async function deleteStreams(url: string): Promise<void> {
  const { username, password, host } = new URL(url)
  const connection = await connect({ servers: host, user: username, pass: password })
  const manager = await jetstreamManager(connection)
  for await (const name of manager.streams.names()) await manager.streams.delete(name)
  await connection.close()
}

const redisAway: Fault = {
  name: 'redis stopped',
  targets: ['redis'],
  holdMs: [30_000, 30_000],
  inject: (world) => world.servers.redis.kill('SIGKILL'),
  heal: (world) => world.servers.redis.restart(),
}

/**
 * Of a cluster of NATS one server after the other: the next one goes when this one has everything again, so that there always is a majority.
 */
function natsServerFaults(size: number): Fault[] {
  const group = 'nats servers'
  return Array.from({ length: size }, (_, index) => {
    const targets = [`nats server ${index + 1}`]
    const serverOf = (world: World) => world.natsServers[index]!
    const ways = [
      ['kill -9', 'SIGKILL', SHORT],
      ['SIGSTOP', 'SIGSTOP', [5_000, 15_000]],
    ] as const
    return ways.map(
      ([way, signal, holdMs]): Fault => ({
        ...{ name: `${targets[0]} ${way}`, targets, group, holdMs },
        inject: (world) => serverOf(world).kill(signal),
        async heal(world) {
          if (signal === 'SIGKILL') await serverOf(world).restart()
          else await serverOf(world).kill('SIGCONT')
          await untilStreamsAreWhole(world.natsUrl, size)
        },
      }),
    )
  }).flat()
}

const FAULTS: readonly Fault[] = [
  ...processFaults('conversation', conversations),
  ...processFaults('gateway', gateways),
  ...processFaults('storage', storages),
  ...processFaults('notifier', notifiers),
  terminateBackends,
  ...serverFaults('postgres', SHORT, [5_000, 5_000]),
  ...serverFaults('nats', SHORT, [5_000, 15_000]),
  wipeNats,
  ...serverFaults('redis', SHORT),
  redisAway,
  ...linkFaults('postgres'),
  ...linkFaults('nats'),
  ...linkFaults('redis'),
]

export interface FaultChoice {
  /** Servers that NATS is. */
  natsServers?: number
  /** Only the links between one kind of service and one server each, one kind after the other. */
  onlyPairs?: boolean
}

/** What is broken on purpose, in no particular order. */
export function faultsOf({ natsServers = 1, onlyPairs = false }: FaultChoice): readonly Fault[] {
  if (onlyPairs) return PAIRS.flatMap(pairFaults)
  if (natsServers === 1) return FAULTS
  return [...FAULTS.filter(({ name }) => !name.startsWith('nats ')), ...natsServerFaults(natsServers)]
}
