import type { ErrorCode, LiveEnvelope } from '@parley/contracts'
import type { Meters } from '@parley/runtime'

/**
 * How what was missed comes after all: `replay`: envelopes that were asked for again; `backfill`: a conversation's gap that was read from the
 * database; `compare`: a look at where all conversations stand; `resync`: users who were told to load anew.
 */
export type Heal = 'replay' | 'backfill' | 'compare' | 'resync'

/**
 * What was let go of: an `envelope` that cannot be read, `buffered` entries behind a gap that could not be filled, the socket of a
 * `slow_reader`, and one with an `unfinished_payload`.
 */
export type Drop = 'envelope' | 'buffered' | 'slow_reader' | 'unfinished_payload'

export interface GatewayMeter {
  connected(): void
  /** `reason` is Socket.IO's. */
  disconnected(reason: string): void
  refused(code: ErrorCode): void
  /** A client's event was answered, whether it wanted an acknowledgement or not. */
  answered(event: string, outcome: 'ok' | ErrorCode, seconds: number): void
  /** All of an envelope was handed to the sockets that hear it, or waits behind what is missing. */
  told(envelope: LiveEnvelope): void
  healed(how: Heal, by?: number): void
  dropped(what: Drop, by?: number): void
}

export interface GatewayState {
  sockets: () => number
  users: () => number
  rooms: () => number
  lines: () => number
}

/** From a neighbour's commit to what was healed. Seconds. */
const EMIT_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
/** From what is answered here to the deadline of a call. Seconds. */
const ANSWER_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
/** From one change to a full batch. */
const ENTRIES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000]

export function createGatewayMeter(
  { show, count = () => () => {}, measure = () => () => {} }: Meters,
  state: GatewayState,
): GatewayMeter {
  const shown = (name: string, help: string, read: () => number) => show?.({ name, help, read: async () => read() })
  shown('parley_gateway_sockets', 'Sockets that are connected here', state.sockets)
  shown('parley_gateway_users', 'Users who have a socket here', state.users)
  shown('parley_gateway_rooms', 'Rooms with sockets here, beside the one that each socket is alone in', state.rooms)
  shown('parley_gateway_lines', 'Conversations whose order is kept here, for users who are in them', state.lines)
  const connects = count({ name: 'parley_gateway_connects_total', help: 'Sockets that were let in' })
  const disconnects = count({
    name: 'parley_gateway_disconnects_total',
    help: 'Sockets that have gone, by the reason that Socket.IO gives',
    label: 'reason',
  })
  const refusals = count({
    name: 'parley_gateway_refusals_total',
    help: 'Sockets that were not let in, by the code that they were told',
    label: 'code',
  })
  const answers = count({
    name: 'parley_gateway_answers_total',
    help: 'Events of clients that were answered: `ok`, or the code of the refusal',
    label: ['event', 'outcome'],
  })
  const answerSeconds = measure({
    name: 'parley_gateway_answer_seconds',
    help: 'From an event of a client to its acknowledgement',
    label: 'event',
    buckets: ANSWER_SECONDS,
  })
  const emits = measure({
    name: 'parley_gateway_commit_to_emit_seconds',
    help: 'From a commit, by the clock of the process that made it, to what it changed being handed to the sockets here, by the clock of this one; once for each envelope',
    buckets: EMIT_SECONDS,
  })
  const entries = measure({
    name: 'parley_gateway_envelope_entries',
    help: 'Changes and receipts that came in one live envelope',
    buckets: ENTRIES,
  })
  const heals = count({
    name: 'parley_gateway_heals_total',
    help: 'How what was missed has come after all',
    label: 'how',
    from: ['replay', 'backfill', 'compare', 'resync'] satisfies Heal[],
  })
  const drops = count({
    name: 'parley_gateway_drops_total',
    help: 'What was let go of',
    label: 'what',
    from: ['envelope', 'buffered', 'slow_reader', 'unfinished_payload'] satisfies Drop[],
  })
  return {
    connected: () => connects(1),
    disconnected: (reason) => disconnects(1, reason.replaceAll(' ', '_')),
    refused: (code) => refusals(1, code),
    answered(event, outcome, seconds) {
      answers(1, event, outcome)
      answerSeconds(seconds, event)
    },
    told(envelope) {
      entries(envelope.entries.length)
      // clocks of two machines are never the same: less than nothing is nothing
      if (envelope.committedAt > 0) emits(Math.max(0, Date.now() - envelope.committedAt) / 1_000)
    },
    healed: (how, by = 1) => heals(by, how),
    dropped: (what, by = 1) => drops(by, what),
  }
}
