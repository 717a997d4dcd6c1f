import { parseArgs } from 'node:util'

export interface ChaosConfig {
  seed: number
  durationMs: number
  rate: number
  everyMs: number
  /** No fault is held for longer than this. */
  longestHoldMs: number
  /** Every fault at full length, and workers killed 200 times in the worst moment. */
  isWhole: boolean
  /** Workers are killed so often, and nothing else is done. */
  kills: number | undefined
  /** Only faults whose name contains one of these. */
  only: string[]
  /** Servers that NATS is a cluster of; 1: it is none. */
  natsServers: number
  /** Only links between one kind of service and one server. */
  onlyPairs: boolean
  json: string | undefined
  /** Where the page for users is written. */
  durability: string | undefined
  logLevel: string
}

export const USAGE = `npm run chaos -- [options]

  --duration 10m    how long the load runs (90s, 10m, 1h); left out, workers are killed 200 times afterwards
  --rate 50         messages a second
  --every 15s       how often something is broken
  --seed n          the same seed breaks the same things at the same times (default: random, and printed)
  --only text       only faults whose name contains the text; several with commas
  --pairs           only links, each between one kind of service and one server
  --nats-servers 3  NATS is a cluster of so many, with replicated streams, whose servers go one after the other (1)
  --kills 200       kills workers so often in the worst moment, and does nothing else
  --quick           under two minutes: every fault once, shortened
  --json file       the report as JSON as well
  --durability file writes the report between the marks of docs/durability.md
  --log-level info  of the services, whose logs are kept

Exits with 0 when every promise was kept, 1 when one was not or the run failed, 130 when it was interrupted.`

/** With these and every fault once, a quick run ends within two minutes, start and checks included. */
export const QUICK = { durationMs: 76_000, everyMs: 2_250, longestHoldMs: 1_500 }

/** Reads the command line. Throws one Error that names everything that is wrong. */
export function readConfig(args: string[]): ChaosConfig {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string' },
      duration: { type: 'string' },
      rate: { type: 'string', default: '50' },
      every: { type: 'string' },
      only: { type: 'string', default: '' },
      pairs: { type: 'boolean', default: false },
      'nats-servers': { type: 'string', default: '1' },
      kills: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      durability: { type: 'string' },
      'log-level': { type: 'string', default: 'info' },
    },
  })
  const wrong: string[] = []
  const number = (name: string, text: string, least: number, most: number) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most) wrong.push(`${name} must be ${least} to ${most}: ${text}`)
    return value
  }
  const time = (name: string, text: string | undefined, byDefault: number) => {
    if (text === undefined) return byDefault
    const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
    if (!amount || Number(amount) <= 0) wrong.push(`${name} must be a time such as 90s, 10m or 1h: ${text}`)
    return Math.round(Number(amount) * { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'm' | 'h'])
  }
  const config: ChaosConfig = {
    seed: number('--seed', values.seed ?? String(Math.floor(Math.random() * 1_000_000)), 0, 2 ** 32 - 1),
    durationMs: time('--duration', values.duration, values.quick ? QUICK.durationMs : 600_000),
    rate: number('--rate', values.rate, 1, 2_000),
    everyMs: time('--every', values.every, values.quick ? QUICK.everyMs : 15_000),
    longestHoldMs: values.quick ? QUICK.longestHoldMs : Number.POSITIVE_INFINITY,
    only: values.only.split(',').flatMap((name) => name.trim() || []),
    natsServers: number('--nats-servers', values['nats-servers'], 1, 5),
    onlyPairs: values.pairs,
    isWhole: !values.quick && !values.pairs && values.only === '' && values.duration === undefined,
    kills: values.kills === undefined ? undefined : number('--kills', values.kills, 1, 10_000),
    json: values.json,
    durability: values.durability,
    logLevel: values['log-level'],
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return config
}
