import { existsSync } from 'node:fs'
import { mendNatsStreams } from '@parley/bus'
import { EVENT_STREAM, HOST_STREAM } from '@parley/contracts'
import { contextConsumer, conversationOwner } from '@parley/conversation'
import {
  type CommandContext,
  connectedToPostgres,
  type Database,
  type DatabaseOwner,
  misused,
  openPglite,
  openPostgres,
  replayEvents,
} from '@parley/database'
import { readConfig } from '@parley/runtime'
import { missingObjects, openObjects, storageOwner } from '@parley/storage'
import { type Static, Type } from 'typebox'
import { Config } from './config.ts'
import { owners } from './owners.ts'

/** Consumers may have been behind so far when the backup was taken. Events that they had are told again under the same ids. */
const TOLD_AGAIN_MS = 3_600_000
/** How far the clocks of the database and of the event stream may be apart. Milliseconds. */
const CLOCKS_APART_MS = 60_000
/** As an operator waits for, not as a request does. */
const PATIENCE_MS = 30 * 60_000
const NAMED = 20
const YES = '--yes'

const { DATABASE_URL, NATS_URL, PARLEY_DATA } = Config.properties
const { S3_ENDPOINT, S3_PUBLIC_ENDPOINT, S3_BUCKET, S3_REGION, S3_ACCESS_KEY, S3_SECRET_KEY } = Config.properties
/** Those that say where something is; the command needs no keys of anybody. */
const Places = Type.Object({
  ...{ DATABASE_URL, NATS_URL, PARLEY_DATA },
  ...{ S3_ENDPOINT, S3_PUBLIC_ENDPOINT, S3_BUCKET, S3_REGION, S3_ACCESS_KEY, S3_SECRET_KEY },
})
type Places = Static<typeof Places>

interface RestoredRow {
  backed_up_at: Date | string | null
  tenant_count: string | number
}

/**
 * `npm run restored -- [--yes]`, after a backup was put back and before processes start: says so to whatever would go on as if nothing had been
 * lost. Refuses while processes are connected to the database, but for `--yes`. Returns the exit code: 1 where it refused, something is wrong
 * or a file is missing.
 */
export async function restoredCommand(args: string[], context: CommandContext): Promise<number> {
  const isAnyway = args.length === 1 && args[0] === YES
  if (args.length > 0 && !isAnyway) return misused(context, `npm run restored -- [${YES}]`)
  const say = (line: string) => context.stdout(`${line}\n`)
  try {
    const config = readConfig(Places, context.env)
    if (config.DATABASE_URL === undefined && !existsSync(config.PARLEY_DATA)) {
      context.stderr(`DATABASE_URL is not set, and there is no folder ${config.PARLEY_DATA}\n`)
      return 1
    }
    const connections = isAnyway ? 0 : await connectionsOf(config)
    if (connections > 0) {
      context.stderr(refusal(connections))
      return 1
    }
    await using database = await openDatabase(config)
    const since = await raiseEpochs(database, say)
    await mendStreams(config, since, say)
    if (since !== null) {
      const again = await replayEvents(database.of(conversationOwner), new Date(since.getTime() - TOLD_AGAIN_MS))
      say(`Events: ${again} of the hour before are told again, under the ids that they had`)
    }
    const hasFiles = context.env.S3_BUCKET || context.env.PARLEY_DATA || config.DATABASE_URL === undefined
    const complete = !hasFiles || (await lookForFiles(config, database.of(storageOwner), say))
    say('Now start all processes, and start those again that still run: they remember what was lost')
    return complete ? 0 : 1
  } catch (err) {
    const { message, cause } = err as Error
    context.stderr(`${message}${cause instanceof Error && cause.message ? ` (${cause.message})` : ''}\n`)
    return 1
  }
}

/** Those of processes that run on this database. An embedded one is locked by whoever has it open. */
async function connectionsOf({ DATABASE_URL: url }: Places): Promise<number> {
  return url === undefined ? 0 : connectedToPostgres(url)
}

const refusal = (connections: number) =>
  [
    `Nothing was changed: processes have ${connections} ${connections === 1 ? 'connection' : 'connections'} to this database.`,
    'They would go on with what they remember of what was lost, the event stream would be emptied under them, and every client would load anew what it holds.',
    `Stop them (gateways may run on), and run this again. Where they cannot be stopped, as after a failover: npm run restored -- ${YES}, and start every process again at once.\n`,
  ].join('\n')

interface Opened extends AsyncDisposable {
  of(owner: DatabaseOwner): Database
}

/** The database, with what is missing of the migrations: the backup may be a former release's. */
async function openDatabase({ DATABASE_URL: url, PARLEY_DATA: folder }: Places): Promise<Opened> {
  const embedded = url === undefined ? await openPglite({ folder }) : undefined
  const parts = new Map(
    owners.map((owner) => [
      owner,
      embedded?.of(owner) ?? openPostgres({ url: url!, owner, queryTimeoutMs: PATIENCE_MS }),
    ]),
  )
  const close = async () => {
    for (const part of parts.values()) await part[Symbol.asyncDispose]()
    await embedded?.[Symbol.asyncDispose]()
  }
  try {
    for (const part of parts.values()) await part.migrate()
  } catch (err) {
    await close()
    throw err
  }
  return {
    of: (owner) => parts.get(owner as (typeof owners)[number])!,
    [Symbol.asyncDispose]: close,
  }
}

/** Returns when the last thing happened that the backup knows of; null: nothing has, or longer ago than events are kept. */
async function raiseEpochs(database: Opened, say: (line: string) => void): Promise<Date | null> {
  const [row] = await database.of(conversationOwner).call<RestoredRow>('SELECT * FROM restored()', [])
  const { backed_up_at: backedUpAt, tenant_count: count } = row!
  const at = backedUpAt === null ? null : new Date(backedUpAt)
  say(
    at
      ? `Backup: the last that it has happened at ${at.toISOString()}`
      : 'Backup: nothing has happened in it for as long as events are kept',
  )
  say(`Epoch: raised, of ${count} tenants; clients load anew what they hold when they come back`)
  return at
}

async function mendStreams(
  { NATS_URL: servers, DATABASE_URL: url }: Places,
  since: Date | null,
  say: (line: string) => void,
): Promise<void> {
  if (servers === undefined) {
    // the bus of a process that has its own is in its memory
    if (url !== undefined)
      say(
        `NATS: not looked at, since NATS_URL is not set. Where there is one, empty ${EVENT_STREAM} before processes start: it tells of what is lost`,
      )
    return
  }
  // without a time all that hosts told that is still there may have come after the backup
  const from = since === null ? undefined : new Date(since.getTime() - CLOCKS_APART_MS)
  const { emptied, rewound } = await mendNatsStreams(
    { servers, name: 'restored' },
    { empty: EVENT_STREAM, rewind: { ...contextConsumer, since: from } },
  )
  const out = emptied === undefined ? 'there is none' : `${emptied} events were taken out`
  say(`${EVENT_STREAM}: ${out}`)
  const back =
    rewound === undefined
      ? 'there is none'
      : `${rewound} that hosts told${from ? ` since ${from.toISOString()}` : ''} are applied again`
  say(`${HOST_STREAM}: ${back}`)
}

/** False where the account has what is not there. */
async function lookForFiles(config: Places, database: Database, say: (line: string) => void): Promise<boolean> {
  await using objects = await openObjects(config)
  const { stored, missing } = await missingObjects(database, objects)
  if (missing.length === 0) say(`Files: all ${stored} are there`)
  else
    say(
      `Files: ${missing.length} of ${stored} are missing; copy them back from where they are kept: ${missing.slice(0, NAMED).join(', ')}${missing.length > NAMED ? ', ...' : ''}`,
    )
  return missing.length === 0
}
