import { traceWith } from './traced.ts'

export interface TracingSettings {
  /** Unset: nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  /** The share of what comes in that is traced, 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: number
}

/**
 * Sends traces to an OTLP receiver from now on, in the name of a service; without one nothing is loaded. Disposing of it sends what is left,
 * for two seconds at most.
 */
export async function startTracing(settings: TracingSettings, service: string): Promise<AsyncDisposable> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: share } = settings
  if (endpoint === undefined) return { async [Symbol.asyncDispose]() {} }
  const { createSpans } = await import('./open-telemetry.ts')
  const spans = createSpans({ endpoint, share, service })
  const stop = traceWith(spans.begin)
  return {
    async [Symbol.asyncDispose]() {
      stop()
      await spans.close()
    },
  }
}
