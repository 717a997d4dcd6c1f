import type { Measures } from './measures.ts'
import type { Absence, Violation, ViolationKind } from './model.ts'

export interface ChaosReport {
  seed: number
  passed: boolean
  seconds: number
  /** What was broken, in order: when it began, in milliseconds since the load did, and how long it lasted. */
  faults: { name: string; target: string; atMs: number; lastedMs: number; failed?: string }[]
  byFault: Record<string, Measures>
  totals: {
    sent: number
    acked: number
    edits: number
    deletes: number
    reads: number
    moves: number
    uploads: number
    pushes: number
    webhooks: number
    heldBack: number
    delivered: number
    errors: number
    ackP50Ms: number
    ackP99Ms: number
  }
  /** From quiet to the moment when the last client showed the right thing. */
  convergedMs: number
  /** From then to the moment when everybody was told of what they had not read. */
  toldMs: number
  violations: Violation[]
  /** Who was certainly not in a conversation, from when to when (milliseconds since the epoch). */
  absences: readonly Absence[]
  /** What happened to the clients that violations name, besides messages. */
  diaries: Record<string, readonly string[]>
  logFolder: string
}

/** At most this many violations of a kind are printed; the JSON has all. */
const PRINTED = 8

const NOTHING: Measures = { times: 0, worstGapMs: 0, worstGap: '', worstAckMs: 0, errors: {} }

/** The report for people. */
export function printReport(report: ChaosReport): string {
  const { totals, violations } = report
  const rows = Object.entries(report.byFault)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, { times, worstGapMs, worstAckMs, errors }]) => [
      name,
      times === 0 ? '' : String(times),
      String(worstGapMs),
      String(Math.round(worstAckMs)),
      Object.entries(errors)
        .sort(([, a], [, b]) => b - a)
        .map(([code, count]) => `${code} ${count}`)
        .join(', '),
    ])
  const worst = Object.values(report.byFault).reduce((a, b) => (b.worstGapMs > a.worstGapMs ? b : a), NOTHING)
  const failures = report.faults.filter(({ failed }) => failed !== undefined)
  return [
    '',
    table(['fault', 'times', 'worst gap ms', 'worst ack ms', 'errors'], rows),
    '',
    `  sent ${totals.sent}, acknowledged ${totals.acked} (p50 ${totals.ackP50Ms} ms, p99 ${totals.ackP99Ms} ms), ` +
      `delivered ${totals.delivered}`,
    `  edits ${totals.edits}, deletes ${totals.deletes}, reads ${totals.reads}, removals ${totals.moves}, ` +
      `errors ${totals.errors}, held back ${totals.heldBack}`,
    `  uploads ${totals.uploads}, pushes ${totals.pushes}, webhook deliveries ${totals.webhooks}, everybody told ${report.toldMs} ms later`,
    `  worst gap: ${worst.worstGapMs} ms, ${worst.worstGap}`,
    `  the last change of any client was ${report.convergedMs} ms after quiet`,
    ...failures.map(({ name, target, failed }) => `  ${name} of ${target} did not go as planned: ${failed}`),
    ...byKind(violations).flatMap(([kind, found]) => [
      '',
      `  ${kind}: ${found.length}`,
      ...found
        .slice(0, PRINTED)
        .map((one) => `    ${new Date(one.at).toISOString()} ${one.conversationId} ${one.detail}`),
    ]),
    '',
    `  ${report.passed ? 'PASSED' : 'FAILED'}: seed ${report.seed}, ${report.faults.length} faults, ` +
      `${Math.round(report.seconds)} s, ${violations.length} violations; logs: ${report.logFolder}`,
    '',
  ].join('\n')
}

function byKind(violations: readonly Violation[]): [ViolationKind, Violation[]][] {
  const groups = new Map<ViolationKind, Violation[]>()
  for (const violation of violations) groups.set(violation.kind, [...(groups.get(violation.kind) ?? []), violation])
  return [...groups]
}

/** Columns as wide as their widest cell; numbers to the right, the last column as it comes. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: string[]) =>
    cells
      .map((cell, i) =>
        i === 0 || i === cells.length - 1 ? cell.padEnd(i === 0 ? widths[0]! : 0) : cell.padStart(widths[i]!),
      )
      .join('  ')
  return [line(head), ...rows.map(line)].map((text) => `  ${text.trimEnd()}`).join('\n')
}
