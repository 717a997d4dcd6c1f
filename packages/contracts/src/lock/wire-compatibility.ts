import type { JsonSchema } from './named-schemas.ts'
import { compareSchemas, type Side } from './schema-compatibility.ts'

export interface LockedCall {
  input: JsonSchema
  output: JsonSchema
  /** Codes that callers were told to expect. */
  errors?: string[]
  /** Batched calls travel in other frames than single ones. */
  batched?: boolean
}

/** Everything that crosses a wire, as plain JSON. Schemas refer to `definitions` by `#/definitions/<name>`. */
export interface Wire {
  /** RPC procedures by subject. */
  procedures: Record<string, LockedCall>
  clientEvents: Record<string, LockedCall>
  serverEvents: Record<string, JsonSchema>
  /** The envelope of durable events, and what `data` holds by type. */
  event: JsonSchema
  eventData: Record<string, JsonSchema>
  /** What peers say to each other, by subject (and kind). */
  topics: Record<string, JsonSchema>
  /** What hosts say to us, by subject. */
  hostTopics: Record<string, JsonSchema>
  /** Statuses by error code. */
  errors: Record<string, number>
  /** Names, numbers and bytes that have to stay as they are. */
  facts: Record<string, string | number>
  definitions: Record<string, JsonSchema>
}

/**
 * What a peer built for `locked` would trip over in `current`; empty when it would notice nothing. Compatible are: a new
 * procedure, event, topic, error code or fact; a new optional field of an input; a new field of an output; looser bounds of an
 * input and tighter ones of an output. A new value of an enum is compatible in an input only: whoever reads an output
 * branches on the values that it knows. An input may never ask for more, an output never hold less.
 */
export function wireBreaks(locked: Wire, current: Wire): string[] {
  const breaks: string[] = []
  const compare = (side: Side, at: string, before: JsonSchema, after: JsonSchema) => {
    breaks.push(...compareSchemas(side, at, { schema: before, within: locked }, { schema: after, within: current }))
  }
  const kept = <T>(kind: string, before: Record<string, T>, after: Record<string, T>, check: Check<T>) => {
    for (const [name, old] of Object.entries(before)) {
      const now = after[name]
      if (now === undefined) breaks.push(`${kind} ${name}: is gone`)
      else check(`${kind} ${name}`, old, now)
    }
  }
  const call: Check<LockedCall> = (at, before, after) => {
    compare('input', `${at} input`, before.input, after.input)
    compare('output', `${at} output`, before.output, after.output)
    for (const code of before.errors ?? [])
      if (!after.errors?.includes(code))
        breaks.push(`${at}: error ${code} is no longer declared, so callers would read "internal" in its place`)
    if (before.batched !== after.batched) breaks.push(`${at}: calls that were ${framing(before)} are ${framing(after)}`)
  }
  const output: Check<JsonSchema> = (at, before, after) => compare('output', at, before, after)
  const input: Check<JsonSchema> = (at, before, after) => compare('input', at, before, after)
  // While releases take turns, each hears what the other says.
  const both: Check<JsonSchema> = (at, before, after) => {
    input(at, before, after)
    output(at, before, after)
  }
  const same: Check<string | number> = (at, before, after) => {
    if (before !== after) breaks.push(`${at}: was ${before}, is ${after}`)
  }
  kept('procedure', locked.procedures, current.procedures, call)
  kept('client event', locked.clientEvents, current.clientEvents, call)
  kept('server event', locked.serverEvents, current.serverEvents, output)
  compare('output', 'event envelope', locked.event, current.event)
  kept('event data', locked.eventData, current.eventData, output)
  kept('topic', locked.topics, current.topics, both)
  kept('topic of hosts', locked.hostTopics, current.hostTopics, input)
  kept('error code', locked.errors, current.errors, same)
  kept('fact', locked.facts, current.facts, same)
  return breaks
}

type Check<T> = (at: string, before: T, after: T) => void

const framing = ({ batched }: LockedCall) => (batched ? 'batched' : 'single')

/** The message of a failed check: what broke, and what to do instead. */
export function explainBreaks(breaks: readonly string[]): string {
  return [
    `${breaks.length} change(s) break peers that run the locked contracts:`,
    ...breaks.map((one) => `  - ${one}`),
    'A breaking change demands a new version beside the old one (a prefix such as parley.rpc.v2.chat or parley.event.v2,',
    'a new event name, or a new optional field). What no peer uses any more is taken out of wire-lock.json by hand.',
  ].join('\n')
}
