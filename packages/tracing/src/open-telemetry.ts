import {
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base'
import type { BeginSpan, OpenSpan, SpanOptions } from './traced.ts'

/** Nobody waits longer for a receiver that is away. */
const CLOSE_MS = 2_000

const kinds: Record<SpanOptions['kind'], SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
}

/** Spans of OpenTelemetry, sent in batches. What already belongs to a trace follows it; of the rest a share is sampled. */
export function createSpans({ endpoint, share, service }: { endpoint: string; share: number; service: string }): {
  begin: BeginSpan
  close(): Promise<void>
} {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('parley')
  return {
    begin(name, { kind, parent, links = [], attributes }) {
      const from = parent === undefined ? undefined : readTraceparent(parent)
      const span = tracer.startSpan(
        name,
        {
          kind: kinds[kind],
          links: links.flatMap((link) => {
            const context = readTraceparent(link)
            return context ? { context } : []
          }),
          ...(attributes && { attributes }),
        },
        from ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT,
      )
      return span.isRecording() ? openSpan(span) : undefined
    },
    async close() {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS)
      })
      await Promise.race([provider.shutdown().catch(() => {}), late])
      clearTimeout(timer)
    },
  }
}

function openSpan(span: Span): OpenSpan {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    set: (name, value) => void span.setAttribute(name, value),
    end(error) {
      // the code alone: what errors say may quote what people have written
      if (error !== undefined) {
        const code = (error as { code?: unknown } | null)?.code
        span.setStatus({ code: SpanStatusCode.ERROR, ...(typeof code === 'string' && { message: code }) })
      }
      span.end()
    },
  }
}

/** W3C Trace Context, version 00; what is none is nobody's. */
function readTraceparent(text: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(context) ? context : undefined
}
