export { startTracing, type TracingSettings } from './start-tracing.ts'
export {
  beginSpan,
  currentTrace,
  type OpenSpan,
  type SpanOptions,
  traced,
  traceIdOf,
  untraced,
  within,
} from './traced.ts'
