export type Unsubscribe = () => Promise<void>

/** One durable event on its way out. */
export interface DurableMessage {
  subject: string
  /** A second message with the same id inside the stream's window is acknowledged and not stored again. */
  id: string
  headers: Record<string, string>
  body: Uint8Array
}

/** What a durable consumer is handed. It is taken as done when the handler's promise resolves. */
export interface Delivery {
  subject: string
  id: string
  headers: Record<string, string>
  body: Uint8Array
  /** 1 the first time, higher when an earlier attempt failed or its consumer died. */
  attempt: number
  /** Where it stands in its stream; null where nothing keeps it. */
  sequence: number | null
}

export interface StreamOptions {
  name: string
  subjects: string[]
  /** Milliseconds after which, and bytes above which, the oldest go: the stream is a transport, not the truth. */
  maxAgeMs: number
  maxBytes: number
}

export interface ConsumerOptions {
  stream: string
  name: string
  filter: string
  /** What was stored before then is not handed over where the consumer is new; left out, all that there is. */
  since?: Date | undefined
}

/** What should not be in a stream any more, of what it has stored since a time. */
export interface Revision {
  stream: string
  filter: string
  since: Date
  /** Whether a message may be concerned, by its id and headers alone. */
  concerns(message: Pick<DurableMessage, 'id' | 'headers'>): boolean
  /** What remains of one that may be: null for nothing, undefined for all of it. Another body is stored anew, under another id. */
  revise(body: Uint8Array): Uint8Array | null | undefined
  /** Aborted when it is to stop; what is revised by then is. */
  signal?: AbortSignal
}

/** Which message of a stream is looked for. */
export interface Search {
  stream: string
  filter: string
  /** As it was published with. */
  id: string
  /** It was stored between these times, by the server's clock. */
  since: Date
  until: Date
}

/** Where a message stands in its stream. */
export interface Located {
  sequence: number
  storedAt: Date
}

/**
 * How services talk. Bytes in, bytes out: both implementations serialise, so one process cannot hide a codec fault.
 *
 * Three kinds of traffic:
 * - request/serve: one of the servers in a queue group answers, possibly in several parts;
 * - publish/subscribe: at most once, to whoever listens now;
 * - publishDurable/consume: at least once, kept until every consumer has it.
 */
export interface Bus extends AsyncDisposable {
  /** The largest body that one message may have; NATS refuses more, so the in-process bus does too. */
  readonly maxPayload: number

  /** The first part of the reply. Rejects with `unavailable` when nobody serves the subject, or none answers in time. */
  request(subject: string, body: Uint8Array, opts: { timeoutMs: number }): Promise<Uint8Array>
  /**
   * For replies in several parts: `onPart` is called for each until it returns true ("that was the last"). Resolves then;
   * rejects like `request` when the time is over before.
   */
  requestParts(
    subject: string,
    body: Uint8Array,
    opts: { timeoutMs: number; onPart: (part: Uint8Array) => boolean },
  ): Promise<void>
  /** Serves in a queue group. The handler replies once or more; what it throws is its own bug and ends in `onError`. */
  serve(
    subject: string,
    queue: string,
    handle: (body: Uint8Array, reply: (part: Uint8Array) => void) => void | Promise<void>,
  ): Promise<Unsubscribe>

  publish(subject: string, body: Uint8Array): void
  /** Resolves when the subscription is in force: what is published afterwards arrives. */
  subscribe(subject: string, handle: (body: Uint8Array, subject: string) => void): Promise<Unsubscribe>

  /** Creates the stream, or brings it to these options. */
  ensureStream(stream: StreamOptions): Promise<void>
  /**
   * Resolves when the stream has stored every one of them. Rejects with `unavailable` when that is not certain (no
   * stream, a full one, no answer within 5 s): the caller keeps them and tries again.
   */
  publishDurable(messages: readonly DurableMessage[]): Promise<void>
  /**
   * Takes messages out of a stream, or parts of them, so that nothing of it is left on the server. Resolves with how many there were; rejects
   * with `unavailable` when it cannot be said that it is done: the caller tries again. What is stored meanwhile is not looked at.
   */
  revise(revision: Revision): Promise<number>
  /** Looks for a message in a stream: undefined where it is not found, null where nothing keeps messages. Changes nothing. */
  locate(search: Search): Promise<Located | undefined | null>
  /** A durable consumer of the stream; several processes with the same name share the work, and go on where it was. */
  consume(consumer: ConsumerOptions, handle: (delivery: Delivery) => Promise<void>): Promise<Unsubscribe>
  /** How many messages a durable consumer has still to handle, those at work with it. */
  pending(consumer: { stream: string; name: string }): Promise<number>

  /** Called with true after a lost connection is back: what was published meanwhile was missed. */
  onReconnect(listener: () => void): Unsubscribe
  /** False while the connection is lost. */
  readonly connected: boolean
}
