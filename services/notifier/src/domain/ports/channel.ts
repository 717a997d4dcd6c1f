/** What is handed over to somebody's device or address. Made at that moment; none of it is stored. */
export interface HandOver {
  /** The same at every try: receivers that know of it tell repeats apart by it. */
  id: string
  tenantId: string
  userId: string
  /** A device's token or subscription, or an address. */
  target: string
  /** Of several with the same one a device shows the last. */
  collapseKey: string
  title: string
  body: string
  /** Everything that is unread for them: absolute. Null: not known, and left as it is. */
  badge: number | null
  /** Where a click leads; null where the host has no page for it. */
  url: string | null
  data: Readonly<Record<string, string>>
  /** True: what was shown is taken away and the badge set; nothing is shown. */
  withdraws: boolean
  /** After so many seconds it is worth nothing to whoever was away all the time. */
  ttlSeconds: number
}

/** What became of it. */
export type Outcome =
  | { kind: 'accepted'; reference?: string }
  /** There is no such device or address any more: it is forgotten. */
  | { kind: 'gone'; reason: string }
  /**
   * To be tried again; not before so many milliseconds, where the receiver says. `from`: it takes nothing of the tenant's until then, for
   * whomever it is.
   */
  | { kind: 'later'; reason: string; afterMs?: number; from?: 'everybody' }
  /** It will never be taken. */
  | { kind: 'refused'; reason: string }

/** A way to reach somebody. */
export interface Channel<Sent = HandOver> {
  readonly name: string
  /**
   * Hands it over to the receiver. Never throws for what a receiver does: that is its outcome. Bounded in time and in what it reads
   * of the answer, and left when the signal says so.
   */
  handOver(sent: Sent, context: { signal: AbortSignal }): Promise<Outcome>
}
