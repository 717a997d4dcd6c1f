import { collectDefaultMetrics, Registry } from 'prom-client'
import { EVENT_LOOP_LAG, measureEventLoopLag } from './event-loop-lag.ts'
import { OrderlyServer } from './http/orderly-server.ts'
import { showCounts } from './meters.ts'
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
  const setAside = showCounts(registry)({
    name: 'parley_set_aside_total',
    help: 'What was put aside because it can never be applied, told or done: the log says of each which and why',
    label: 'what',
    from: ['host_context', 'event', 'delivery', 'job'] satisfies SetAside[],
  })
  return (what) => setAside(1, what)
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
