import { parseArgs } from 'node:util'
import { SYSTEMS, type SystemName } from './systems/system.ts'

/** How large the workloads are. */
export interface Sizes {
  warmUpMs: number
  /** At a low rate: for the first ten thousand messages much of the CPU is the compiler's, of every system. */
  slowWarmUpMs: number
  measureMs: number
  pairs: number
  /** In flight per pair, half from each side. */
  inFlight: number
  perSecond: number
  /** What most who are new have. */
  fewPerSecond: number
  /** Smallest first. */
  groups: readonly [number, number]
  idleSockets: number
  /** Between the last connection and reading the memory. */
  settleMs: number
  pageConversation: number
  pageTable: number
  /** Conversations of one user. */
  listed: number
  /** Messages in the table that is searched. */
  searched: number
  returning: number
  missed: number
  fileBytes: number
  /** Files that are uploaded and downloaded, a few at a time. */
  filesMoved: number
  filesAtOnce: number
  pictures: number
  /** People who are told of something said to all. */
  away: number
}

const FULL: Sizes = {
  warmUpMs: 3_000,
  slowWarmUpMs: 25_000,
  measureMs: 10_000,
  pairs: 50,
  inFlight: 8,
  perSecond: 500,
  fewPerSecond: 50,
  groups: [100, 500],
  idleSockets: 5_000,
  settleMs: 5_000,
  pageConversation: 100_000,
  pageTable: 1_000_000,
  listed: 5_000,
  searched: 1_000_000,
  returning: 1_000,
  missed: 10,
  fileBytes: 20_000_000,
  filesMoved: 40,
  filesAtOnce: 100,
  pictures: 40,
  away: 10_000,
}

const QUICK: Sizes = {
  ...FULL,
  warmUpMs: 800,
  slowWarmUpMs: 800,
  measureMs: 2_000,
  idleSockets: 600,
  settleMs: 1_000,
  pageConversation: 10_000,
  pageTable: 100_000,
  searched: 100_000,
  returning: 200,
  filesMoved: 16,
  pictures: 12,
  away: 1_000,
}

export interface BenchConfig {
  sizes: Sizes
  quick: boolean
  /** Names of workloads, or of families such as `group`; empty: all. */
  only: string[]
  systems: SystemName[]
  runs: number
  gateways: number
  conversations: number
  storages: number
  json: string | undefined
  /** Where to write profiles of the services. */
  profile: string | undefined
}

export const USAGE = `npm run bench -- [options]

  --quick                 smaller and shorter, under two minutes
  --only names            idle,saturated,saturated-reads,rate (-low,-reads),group (-small,-large,-large-reads),return,list,page,search,files,broadcast,standalone
  --systems names         ${SYSTEMS.join(',')}: default all; ratios need the peers in the same run
  --runs n                the table shows medians (1)
  --gateways n, --conversations n, --storages n    processes of each service (2, 2, 1)
  --json file             everything measured, run by run
  --profile [folder]      CPU profiles of the services, with a summary; costs some speed (./profiles)`

/** Reads the command line. Throws one Error that names everything that is wrong. */
export function readConfig(args: string[]): BenchConfig {
  // parseArgs knows no option whose value may be left out.
  const given = args.flatMap((arg, i) =>
    arg === '--profile' && (args[i + 1] ?? '--').startsWith('--') ? ['--profile', 'profiles'] : [arg],
  )
  const { values } = parseArgs({
    args: given,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      systems: { type: 'string', default: SYSTEMS.join(',') },
      runs: { type: 'string', default: '1' },
      gateways: { type: 'string', default: '2' },
      conversations: { type: 'string', default: '2' },
      storages: { type: 'string', default: '1' },
      json: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const wrong: string[] = []
  const whole = (name: 'runs' | 'gateways' | 'conversations' | 'storages', most: number) => {
    const number = Number(values[name])
    if (!Number.isInteger(number) || number < 1 || number > most) wrong.push(`--${name} must be 1 to ${most}`)
    return number
  }
  const asked = splitList(values.systems)
  const systems = SYSTEMS.filter((name) => asked.includes(name))
  if (systems.length === 0 || systems.length < asked.length)
    wrong.push(`--systems must be of ${SYSTEMS.join(',')}: ${values.systems}`)
  const config: BenchConfig = {
    sizes: values.quick ? QUICK : FULL,
    quick: values.quick,
    only: splitList(values.only),
    systems,
    runs: whole('runs', 100),
    gateways: whole('gateways', 16),
    conversations: whole('conversations', 16),
    storages: whole('storages', 16),
    json: values.json,
    profile: values.profile,
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return config
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
