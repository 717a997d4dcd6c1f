import { withSection } from '@parley/reference/marked-section'
import type { ChaosReport } from './report.ts'

/** What a user may see of each fault, where it is not the usual: retries succeed, and what was missed is healed. */
const SEEN: readonly [fault: RegExp, seen: string][] = [
  [
    /^conversation (kill|SIGTERM)/,
    'Sends on their way to it are made again at the other replica; other calls fail with `unavailable`, and are retried.',
  ],
  [
    /^conversation SIGSTOP/,
    'For the first second as a kill. Then everything goes to the other replica; what it was asked before is past its deadline when it goes on.',
  ],
  [/^gateway kill/, 'Its sockets reconnect to another gateway and sync: a gap in delivery, then everything in order.'],
  [
    /^gateway SIGSTOP/,
    'Its sockets hang until they notice (20 s ping) or it goes on; then as a kill, or everything in order.',
  ],
  [
    /^storage/,
    'Uploads and downloads on their way to it fail, and are made again at the other one; what was acknowledged is there, byte for byte.',
  ],
  [
    /^notifier/,
    'Who is away is told some seconds later, by the other worker; a push or a webhook may come twice, with the same id.',
  ],
  [/^gateway SIGTERM/, '`server_draining`, then each socket is moved in its own moment.'],
  [
    /^postgres/,
    'No sends, no history while it is away: `unavailable` within two seconds. What is live stays connected.',
  ],
  [
    /^nats store/,
    'The stream is made again and the relay stores what it had not acknowledged; `npm run replay` brings back the rest.',
  ],
  [
    /^nats/,
    'No sends over sockets while it is away, `unavailable`; REST goes on. Deliveries are healed when it is back.',
  ],
  [/^redis/, 'Messages flow. Typing reaches only the sockets of the same gateway, and the acknowledgement says so.'],
]

const PAGE = 'docs/durability.md'
const MARK = '<!-- last run -->'

/** docs/durability.md with what a run has shown between its marks; the rest of it stays. Throws when it has not got them. */
export function withLastRun(page: string, report: ChaosReport): string {
  return withSection(page, PAGE, MARK, lastRun(report))
}

function lastRun({ byFault, totals, faults, seconds, seed, convergedMs, violations }: ChaosReport): string {
  const rows = Object.entries(byFault)
    .filter(([, { times }]) => times > 0)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, { times, worstGapMs, worstAckMs }]) => {
      const seen = SEEN.find(([fault]) => fault.test(name))?.[1] ?? ''
      return `| ${name} | ${times} | ${inSeconds(worstGapMs)} | ${inSeconds(worstAckMs)} | ${seen} |`
    })
  return `The last run: ${totals.sent} messages in ${Math.round(seconds / 60)} minutes, ${faults.length} faults, seed ${seed}:
**${violations.length === 0 ? '0 lost, 0 duplicated, 0 out of order, 0 unexpected' : `${violations.length} violations`}**; the last client showed the
right thing ${convergedMs} ms after quiet. "Until shown" is the longest that any client waited for a committed message, "until
acknowledged" the longest from a first attempt to its acknowledgement, retries included. Faults overlap, and one that met two
counts for both.

| fault | times | until shown, s | until acknowledged, s | what a user may see |
|---|---:|---:|---:|---|
${rows.join('\n')}`
}

const inSeconds = (ms: number) => (ms / 1_000).toFixed(1)
