import { createServer } from 'node:http'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Service } from './service.ts'

/** One registry per process, with what prom-client knows of any Node process: CPU, memory, event loop, GC. */
export function createMetrics(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

export interface MetricsServerOptions {
  registry: Registry
  /** METRICS_PORT; 0 serves nothing. */
  port: number
  host: string
}

/** Serves `GET /metrics` on a port of its own, so that it is never reachable where users come in. */
export function metricsServer({ registry, port, host }: MetricsServerOptions): Service {
  const server = createServer((request, response) => {
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
      if (port === 0) return
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, resolve)
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
