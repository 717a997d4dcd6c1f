import { AsyncLocalStorage } from 'node:async_hooks'

export interface SpanOptions {
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  /** A `traceparent` (W3C Trace Context) that came from elsewhere; left out, whatever is traced here at the moment. */
  parent?: string | undefined
  /** A trace may begin here. Where it does not, only what belongs to a trace already has a span. */
  begins?: boolean
  /** Others that it is about as well: the calls of a batch. */
  links?: readonly string[]
  attributes?: Record<string, string | number>
}

/** Work that is being traced. */
export interface OpenSpan {
  /** What tells others that their work belongs to it. */
  readonly traceparent: string
  set(name: string, value: string | number): void
  /** `error`: what kept it from being done. */
  end(error?: unknown): void
}

/** Where spans come from. Undefined for one that is not sampled: nothing is kept of it, and nobody is told of it. */
export type BeginSpan = (name: string, options: SpanOptions) => OpenSpan | undefined

interface Tracing {
  begin: BeginSpan
  carried: AsyncLocalStorage<string>
}

/** Of the process, as its log is: nobody hands it on. */
let tracing: Tracing | undefined

/** The returned function ends it. */
export function traceWith(begin: BeginSpan): () => void {
  const started: Tracing = { begin, carried: new AsyncLocalStorage() }
  tracing = started
  return () => {
    if (tracing === started) tracing = undefined
    started.carried.disable()
  }
}

/** The `traceparent` of what is traced at the moment; undefined: it is not. */
export function currentTrace(): string | undefined {
  return tracing?.carried.getStore()
}

/** The id of the trace that a `traceparent` is of. */
export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35)

/** For work whose end is elsewhere. Undefined where nothing is traced, or this is not. */
export function beginSpan(name: string, options: SpanOptions): OpenSpan | undefined {
  if (!tracing) return undefined
  const parent = options.parent ?? tracing.carried.getStore()
  if (parent === undefined && !options.begins) return undefined
  return tracing.begin(name, { ...options, parent })
}

/** Does work in a span, of which whatever the work asks of others is a part. Where nothing is traced it is only done. */
export function traced<T>(name: string, options: SpanOptions, work: (span?: OpenSpan) => T): T {
  const span = beginSpan(name, options)
  if (!span || !tracing) return work()
  return tracing.carried.run(span.traceparent, () => ended(span, () => work(span)))
}

/** Goes on within a span that somebody else ends. */
export function within<T>(span: OpenSpan, work: () => T): T {
  return tracing ? tracing.carried.run(span.traceparent, work) : work()
}

/** Work that goes on by itself, and is no part of whatever it was begun in: what a timer does would be in its trace for ever. */
export function untraced<T>(work: () => T): T {
  return tracing ? tracing.carried.exit(work) : work()
}

function ended<T>(span: OpenSpan, work: () => T): T {
  try {
    const result = work()
    if (result instanceof Promise)
      result.then(
        () => span.end(),
        (err) => span.end(err),
      )
    else span.end()
    return result
  } catch (err) {
    span.end(err)
    throw err
  }
}
