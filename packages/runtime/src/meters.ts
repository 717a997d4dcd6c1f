import { Counter, Gauge, type Metric, type Registry } from 'prom-client'

/** A number that is asked for when somebody looks. */
export interface Reading {
  name: string
  help: string
  /** Tells it from others of its name, which all have the same labels. */
  labels?: Record<string, string>
  read: () => Promise<number>
}

/** A number that only grows, one for each value of its labels where it has any. */
export interface Count {
  name: string
  help: string
  label?: string | readonly string[]
  /** Values of its one label that are there from the start, at 0. */
  from?: readonly string[]
}

/** How long something takes or how much of it there is, for each value of its label where it has one. */
export interface Distribution {
  name: string
  help: string
  label?: string
  /** Ascending: how many were no more than each of these is counted. Durations are in seconds. */
  buckets: readonly number[]
}

/** How a service shows what it does. Where one is left out, nobody looks. */
export interface Meters {
  show?: ((reading: Reading) => void) | undefined
  /** The returned function adds to the count. */
  count?: ((count: Count) => (by: number, ...labels: string[]) => void) | undefined
  /** The returned function tells of one. */
  measure?: ((distribution: Distribution) => (value: number, label?: string) => void) | undefined
}

/** All three, shown in one registry. */
export function createMeters(registry: Registry): Required<{ [M in keyof Meters]: NonNullable<Meters[M]> }> {
  return { show: showReadings(registry), count: showCounts(registry), measure: showDistributions(registry) }
}

/** Shows readings; one that cannot be had is NaN, and the others are there all the same. */
function showReadings(registry: Registry): (reading: Reading) => void {
  const shown = new Map<string, Reading[]>()
  return (reading) => {
    const { name, help, labels = {} } = reading
    const alike = shown.get(name)
    if (alike) {
      alike.push(reading)
      return
    }
    const all = [reading]
    shown.set(name, all)
    const gauge: Gauge = new Gauge({
      ...{ name, help, labelNames: Object.keys(labels), registers: [registry] },
      async collect() {
        await Promise.all(
          all.map(({ labels = {}, read }) =>
            read().then(
              (value) => gauge.set(labels, value),
              () => gauge.set(labels, Number.NaN),
            ),
          ),
        )
      },
    })
  }
}

const BETWEEN = '\u0000'

/** Shows counts. What is counted is a number in a map until somebody looks: it happens for every message. */
export function showCounts(registry: Registry): NonNullable<Meters['count']> {
  return ({ name, help, label = [], from = [] }) => {
    const labelNames = typeof label === 'string' ? [label] : [...label]
    const counts = new Map<string, number>(labelNames.length === 0 ? [['', 0]] : from.map((value) => [value, 0]))
    new Counter({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        this.reset()
        for (const [key, value] of counts) {
          const values = key.split(BETWEEN)
          this.inc(Object.fromEntries(labelNames.map((labelName, i) => [labelName, values[i] ?? ''])), value)
        }
      },
    })
    return (by, ...values) => {
      const key = values.length === 1 ? values[0]! : values.join(BETWEEN)
      counts.set(key, (counts.get(key) ?? 0) + by)
    }
  }
}

interface Tally {
  /** Of each bucket alone, and of what is more than the last. */
  counts: number[]
  sum: number
}

/** Shows distributions as histograms. prom-client's own make a key of the labels for every value; these add two numbers. */
function showDistributions(registry: Registry): NonNullable<Meters['measure']> {
  return ({ name, help, label, buckets }) => {
    const tallies = new Map<string, Tally>()
    const tallyOf = (value: string): Tally => {
      let tally = tallies.get(value)
      if (!tally) {
        tally = { counts: new Array(buckets.length + 1).fill(0), sum: 0 }
        tallies.set(value, tally)
      }
      return tally
    }
    if (label === undefined) tallyOf('')
    const valuesOf = (value: string, { counts, sum }: Tally) => {
      const labels = label === undefined ? {} : { [label]: value }
      let upTo = 0
      const bounds = counts.map((count, i) => {
        upTo += count
        return { metricName: `${name}_bucket`, labels: { ...labels, le: buckets[i] ?? '+Inf' }, value: upTo }
      })
      return [
        ...bounds,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: upTo },
      ]
    }
    const metric = {
      ...{ name, help, type: 'histogram', aggregator: 'sum' },
      get: async () => ({
        ...{ name, help, type: 'histogram', aggregator: 'sum' },
        values: [...tallies].flatMap(([value, tally]) => valuesOf(value, tally)),
      }),
    }
    // A registry wants no more of a metric than this, whatever its type says.
    registry.registerMetric(metric as unknown as Metric)
    return (value, of = '') => {
      const tally = tallyOf(of)
      let bucket = 0
      while (bucket < buckets.length && value > buckets[bucket]!) bucket++
      tally.counts[bucket]!++
      tally.sum += value
    }
  }
}
