import type { Sizes } from './config.ts'
import type { BenchRecord } from './run.ts'
import { SYSTEMS, type SystemName } from './systems/system.ts'
import { WORKLOADS } from './workloads/all.ts'
import type { Bound, FigureSpec, Workload } from './workloads/workload.ts'

/** Half the runs were better, half worse; with an even number of runs, the mean of the middle two. */
function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The whole report as Markdown: figures with ratios and goals, CPU by process, faults. */
export function report(records: readonly BenchRecord[], sizes: Sizes): string {
  const ran = WORKLOADS.filter(({ name }) => records.some(({ workload }) => workload === name))
  return [figuresTable(ran, records, sizes), cpuTable(ran, records), faultsTable(ran, records)].join('\n\n')
}

/** All values of one figure, run by run. */
function valuesOf(records: readonly BenchRecord[], workload: string, system: SystemName, figure: string): number[] {
  return records
    .filter((record) => record.workload === workload && record.system === system)
    .map(({ figures }) => figures[figure])
    .filter((value) => value !== undefined)
}

/** What Parley's figure of a workload is held against: that of another system, or its own of another workload. */
interface Other {
  system?: SystemName
  workload?: string
  /** As what Parley runs. Default: the cluster. */
  ours?: SystemName
}

/** The median of the ratios, each within its run: machines have faster and slower hours. */
function ratioOf(records: readonly BenchRecord[], workload: string, figure: string, to: Other): number {
  const ours = valuesOf(records, workload, to.ours ?? 'parley', figure)
  const theirs = valuesOf(records, to.workload ?? workload, to.system ?? 'parley', figure)
  return ours.length === theirs.length ? median(ours.map((value, i) => value / theirs[i]!)) : Number.NaN
}

function figuresTable(workloads: readonly Workload[], records: readonly BenchRecord[], sizes: Sizes): string {
  const lines = workloads.flatMap((workload) =>
    workload.figures.map((figure, i) => {
      const of = (system: SystemName) => {
        const value = median(valuesOf(records, workload.name, system, figure.name))
        return Number.isNaN(value) ? '' : format(value, figure.digits)
      }
      const ratio = (system: SystemName, ours: SystemName = 'parley') => {
        const value = ratioOf(records, workload.name, figure.name, { system, ours })
        return Number.isNaN(value) ? '' : value.toFixed(2)
      }
      return [
        i === 0 ? workload.title(sizes) : '',
        figure.name,
        ...SYSTEMS.map(of),
        ratio('echo'),
        ratio('plain'),
        ratio('plain', 'one-process'),
        goal(workload.name, figure, records),
      ]
    }),
  )
  return table(['workload', 'figure', ...SYSTEMS, 'parley / echo', 'parley / plain', 'one / plain', 'must'], lines, 2)
}

function goal(
  workload: string,
  { name, digits, must, ofEcho, ofPlain, oneOfPlain, ofWorkload }: FigureSpec,
  records: readonly BenchRecord[],
) {
  const own = median(valuesOf(records, workload, 'parley', name))
  const part = (bound: Bound, value: number, text: string) =>
    `${text}${Number.isNaN(value) ? '' : meets(value, bound) ? ' met' : ' **missed**'}`
  const ratioPart = (bound: Bound, to: Other, of: string) => {
    const ratio = ratioOf(records, workload, name, to)
    return { ratio, text: part(bound, ratio, `${words(bound, 2)} of ${of}`) }
  }
  const parts: string[] = []
  if (must) parts.push(part(must, own, words(must, digits)))
  if (ofEcho) parts.push(ratioPart(ofEcho, { system: 'echo' }, 'echo').text)
  if (ofPlain) parts.push(ratioPart(ofPlain, { system: 'plain' }, 'plain').text)
  if (oneOfPlain) {
    const inOne = { system: 'plain', ours: 'one-process' } as const
    parts.push(ratioPart(oneOfPlain, inOne, 'plain in one process').text)
  }
  if (ofWorkload) {
    const { ratio, text } = ratioPart(ofWorkload.bound, { workload: ofWorkload.name }, ofWorkload.name)
    // it has no column of its own
    parts.push(Number.isNaN(ratio) ? text : `${text} (${ratio.toFixed(2)})`)
  }
  return parts.join(', ')
}

const words = (bound: Bound, digits: number) =>
  'least' in bound ? `>= ${format(bound.least, digits)}` : `<= ${format(bound.most, digits)}`
const meets = (value: number, bound: Bound) => ('least' in bound ? value >= bound.least : value <= bound.most)

function cpuTable(workloads: readonly Workload[], records: readonly BenchRecord[]): string {
  const names = [...new Set(records.flatMap(({ cpu }) => Object.keys(cpu)))].filter((name) => name !== 'load')
  const lines = workloads.flatMap((workload) =>
    SYSTEMS.map((system) => {
      const own = records.filter((record) => record.workload === workload.name && record.system === system)
      if (own.every(({ cpu }) => Object.keys(cpu).length === 0)) return undefined
      const cells = [...names, 'load'].map((name) => {
        const values = own.map(({ cpu }) => cpu[name]).filter((value) => value !== undefined)
        return values.length === 0 ? '' : format(median(values), 2)
      })
      const others = own.map(({ otherLoad }) => otherLoad).filter((share) => share !== undefined)
      return [workload.name, system, workload.unit, ...cells, `${format(median(others) * 100, 0)} %`]
    }).filter((line) => line !== undefined),
  )
  return table(['CPU-ms per 1,000', 'system', 'of', ...names, 'load (not counted)', 'others on the machine'], lines, 3)
}

function faultsTable(workloads: readonly Workload[], records: readonly BenchRecord[]): string {
  const lines = workloads.flatMap((workload) =>
    SYSTEMS.map((system) => {
      const own = records.filter((record) => record.workload === workload.name && record.system === system)
      if (own.length === 0) return undefined
      const sum = (of: (record: BenchRecord) => number) => String(own.reduce((total, record) => total + of(record), 0))
      return [
        workload.name,
        system,
        sum(({ faults }) => faults.lost),
        sum(({ faults }) => faults.toSync),
        sum(({ faults }) => faults.duplicated),
        sum(({ faults }) => faults.outOfOrder),
        sum(({ faults }) => faults.failed),
        [...new Set(own.flatMap(({ reasons }) => reasons))].slice(0, 3).join('; '),
      ]
    }).filter((line) => line !== undefined),
  )
  return table(
    ['faults, all runs', 'system', 'lost', 'told to sync', 'duplicated', 'out of order', 'failed', 'reasons'],
    lines,
    2,
  )
}

function format(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** The first columns are words, the rest numbers. */
function table(head: readonly string[], lines: readonly (readonly string[])[], words: number): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rule = `|${head.map((_, i) => (i < words ? '---' : '---:')).join('|')}|`
  return [row(head), rule, ...lines.map(row)].join('\n')
}
