import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { EVENT_LOOP_LAG, measureEventLoopLag } from './event-loop-lag.ts'
import { OrderlyServer } from './http/orderly-server.ts'
import type { Service } from './service.ts'

/** The longest interval that Node takes for its monitor of the event loop, 24 days: it never wakes the process. */
const NEVER_MS = 2 ** 31 - 1

/** One registry per process, with what prom-client knows of any Node process: CPU, memory, event loop, GC. */
export function createMetrics(): Registry {
  const registry = new Registry()
  // prom-client cannot be told to leave a default metric out.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS })
  for (const { name } of registry.getMetricsAsArray())
    if (name.startsWith(EVENT_LOOP_LAG)) registry.removeSingleMetric(name)
  measureEventLoopLag(registry)
  return registry
}

/** What is put aside because it can never be applied, told or done, until somebody looks at the log. */
export type SetAside = 'host_context' | 'event' | 'delivery' | 'job'

/** Counts what is put aside, as `parley_set_aside_total` by `what`; each is there from the start, at 0. */
export function countSetAside(registry: Registry): (what: SetAside) => void {
  const name = 'parley_set_aside_total'
  const help = 'What was put aside because it can never be applied, told or done: the log says of each which and why'
  const counter = new Counter({ name, help, labelNames: ['what'], registers: [registry] })
  for (const what of ['host_context', 'event', 'delivery', 'job'] satisfies SetAside[]) counter.inc({ what }, 0)
  return (what) => counter.inc({ what })
}

/** A number that is asked for when somebody looks. */
export interface Reading {
  name: string
  help: string
  /** Tells it from others of its name, which all have the same labels. */
  labels?: Record<string, string>
  read: () => Promise<number>
}

/** Shows readings; one that cannot be had is NaN, and the others are there all the same. */
export function showReadings(registry: Registry): (reading: Reading) => void {
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

/** A number that only grows, one for each value of its labels where it has any. */
export interface Count {
  name: string
  help: string
  label?: string | readonly string[]
}

/** Shows counts. The returned function adds to one. */
export function showCounts(registry: Registry): (count: Count) => (by: number, ...labels: string[]) => void {
  return ({ name, help, label = [] }) => {
    const labelNames = typeof label === 'string' ? [label] : [...label]
    const counter = new Counter({ name, help, labelNames, registers: [registry] })
    return (by, ...values) =>
      counter.inc(Object.fromEntries(labelNames.map((labelName, i) => [labelName, values[i] ?? ''])), by)
  }
}

/** How long something takes, for each value of its label. */
export interface Duration {
  name: string
  help: string
  label: string
  /** Seconds: how many were no longer than each of these is counted. */
  buckets: readonly number[]
}

/** Shows durations. The returned function tells one, in seconds. */
export function showDurations(registry: Registry): (duration: Duration) => (seconds: number, label: string) => void {
  return ({ name, help, label, buckets }) => {
    const histogram = new Histogram({ name, help, labelNames: [label], buckets: [...buckets], registers: [registry] })
    return (seconds, value) => histogram.observe({ [label]: value }, seconds)
  }
}

/**
 * Serves `GET /metrics` on METRICS_PORT, a port of its own, so that it is never reachable where users come in; with 0
 * nothing.
 */
export function metricsServer(
  { METRICS_PORT, HOST }: { METRICS_PORT: number; HOST: string },
  registry = createMetrics(),
): Service {
  const server = new OrderlyServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  return {
    name: 'metrics',
    async start() {
      if (METRICS_PORT === 0) return
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(METRICS_PORT, HOST, resolve)
      })
    },
    async close() {
      if (!server.listening) return
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      })
    },
  }
}
