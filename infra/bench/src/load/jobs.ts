/** What the load process is asked to do, and what it answers; all of it crosses a process boundary as JSON. */
export type LoadJob = MessagesJob | IdleJob | PagesJob | ReturnJob

/** How to get a socket at a server: where, and what goes with its handshake. */
export interface Seat {
  url: string
  auth: object
}

export interface MessagesJob {
  kind: 'messages'
  conversations: {
    id: string
    /** One socket each. */
    members: Seat[]
    /** The first so many of them write. */
    senders: number
  }[]
  pace:
    | { kind: 'saturated'; inFlightPerSender: number }
    /** Over all senders, each message from a random one. Open loop: a slow server gets no relief. */
    | { kind: 'rate'; perSecond: number }
  /** Receivers mark what they hear as read; each has one mark on its way at a time, as a client that throttles has. */
  marksRead: boolean
  warmUpMs: number
  measureMs: number
}

export interface IdleJob {
  kind: 'idle'
  seats: Seat[]
  /** Connecting at the same time. */
  concurrency: number
}

export interface PagesJob {
  kind: 'pages'
  /** Asked in turn. */
  urls: string[]
  headers: Record<string, string>
  connections: number
  warmUpMs: number
  measureMs: number
  /** What every page must hold: these messages, ascending, or so many of anything, each once, or at most so many. */
  expected: { first: number; last: number } | { count: number } | { most: number }
}

export interface ReturnJob {
  kind: 'return'
  conversations: { id: string; members: Seat[] }[]
  /** How a client asks for what it missed: Parley's cursor, or a sequence number. */
  catchUp: 'cursor' | 'after'
  /** Written while nobody is there, by another process, between the two checkpoints. */
  missed: number
}

/** Faults of what was delivered or stored; a correct run has none. */
export interface Faults {
  lost: number
  duplicated: number
  outOfOrder: number
  /** Did not arrive, but the client was told to sync, which the load does not do. */
  toSync: number
  /** Refused or never answered. */
  failed: number
}

export interface LoadResult {
  /** Units done between the two checkpoints: messages acknowledged, sockets connected, pages, clients caught up. */
  count: number
  /** Between the two checkpoints. */
  seconds: number
  /** Receipts of a message by a socket between the checkpoints. */
  deliveries: number
  latency: { p50: number; p95: number; p99: number } | null
  faults: Faults
  /** In the whole job, warm-up included: what a database has to hold. */
  acknowledged: number
  /** CPU of the load process itself between the checkpoints, milliseconds. */
  cpuMs: number
  /** The first few reasons of failures. */
  reasons: string[]
}

/** Told to the parent, which answers with `continue` once it has read its meters. */
export type Checkpoint = 'begin' | 'end'
export type FromLoad =
  | { type: 'checkpoint'; name: Checkpoint }
  | { type: 'result'; result: LoadResult }
  | { type: 'error'; message: string }

/** Lets a job stop at a checkpoint until its parent has read the meters. */
export type Pass = (name: Checkpoint) => Promise<void>
