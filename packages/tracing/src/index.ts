export { startTracing, type TracingSettings } from './start-tracing.ts'
export { beginSpan, currentTrace, type OpenSpan, type SpanOptions, traced, traceIdOf, within } from './traced.ts'
