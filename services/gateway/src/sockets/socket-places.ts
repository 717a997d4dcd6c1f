import type { IncomingMessage } from 'node:http'
import { ParleyError } from '@parley/contracts'
import { COUNTS_KEPT_MS, type PresenceRegistry } from '../presence/registry.ts'

/** Who closes some may come again then. */
const TOO_MANY_MS = 30_000
/** As long as the others are waited for: without them a gateway goes by what it knows itself. */
const PATIENCE_MS = 100
/** What changes within this time is said at once. */
const TOGETHER_MS = 50
/** A handshake that is let in is a connection by then, or is none. */
const CONNECTED_WITHIN_MS = 2_000
const AT_ONCE = 500
/** Who stays connected for longer than the registry keeps what it is told counts all the same. */
const SAID_AGAIN_MS = COUNTS_KEPT_MS / 4

export interface SocketPlacesOptions {
  registry: Pick<PresenceRegistry, 'count' | 'onBack'>
  /** How many sockets one user may have, and how many may come from one address; 0: as many as they like. */
  perUser: number
  perAddress: number
}

/** Gives a place back; again changes nothing. */
type GiveBack = () => void
interface Question {
  names: string[]
  others: Promise<number[]>
}
interface Connection {
  readonly readyState: string
  once(event: 'close', listener: () => void): unknown
}

/**
 * How many sockets users and addresses have, here and at the other gateways of the registry. A gateway says how many it has when that
 * changes and from time to time, and is told how many the others have when somebody comes.
 */
export class SocketPlaces {
  readonly #options: SocketPlacesOptions
  /** Open here, or about to be. */
  readonly #here = new Map<string, number>()
  readonly #changed = new Set<string>()
  readonly #letIn = new WeakMap<IncomingMessage, { giveBack: GiveBack; timer: NodeJS.Timeout }>()
  readonly #again: NodeJS.Timeout
  #together: NodeJS.Timeout | undefined
  /** What is asked at the end of this turn of the event loop. */
  #question: Question | undefined

  constructor(options: SocketPlacesOptions) {
    this.#options = options
    options.registry.onBack(() => this.#sayAll())
    this.#again = setInterval(() => this.#sayAll(), SAID_AGAIN_MS).unref()
  }

  /** A place for a socket of the user's, until its connection is closed or the function is called. Refuses one too many here. */
  takeForUser(room: string, connection: Connection): GiveBack {
    const { perUser } = this.#options
    if (connection.readyState !== 'open') throw new ParleyError('unavailable', 'The client is gone')
    if (perUser > 0 && this.#countHere(nameOf.user(room)) >= perUser) throw tooManyOfUser(perUser)
    const giveBack = perUser > 0 ? this.#take(nameOf.user(room)) : () => {}
    connection.once('close', giveBack)
    return giveBack
  }

  /** Refuses a user who has too many with those at other gateways. Their place here is taken. */
  async requireRoomForUser(room: string): Promise<void> {
    const { perUser } = this.#options
    if (perUser === 0) return
    const name = nameOf.user(room)
    const others = await this.#elsewhere(name)
    if (this.#countHere(name) + others > perUser) throw tooManyOfUser(perUser)
  }

  /** Refuses a handshake where too many sockets are open from its address; otherwise it has a place. */
  async letIn(request: IncomingMessage, address: string | undefined): Promise<void> {
    const { perAddress } = this.#options
    if (perAddress === 0 || address === undefined) return
    const name = nameOf.address(address)
    const giveBack = this.#take(name)
    const others = await this.#elsewhere(name)
    if (this.#countHere(name) + others > perAddress) {
      giveBack()
      throw new ParleyError(
        'rate_limited',
        `No more than ${perAddress} sockets may be open from one address: close some`,
        { retryAfterMs: TOO_MANY_MS },
      )
    }
    const timer = setTimeout(giveBack, CONNECTED_WITHIN_MS)
    this.#letIn.set(request, { giveBack, timer })
  }

  /** The handshake that was let in is a connection now. */
  connected(request: IncomingMessage, connection: Connection): void {
    const place = this.#letIn.get(request)
    if (!place) return
    clearTimeout(place.timer)
    connection.once('close', place.giveBack)
  }

  close(): void {
    clearInterval(this.#again)
    clearTimeout(this.#together)
    this.#changed.clear()
  }

  #countHere(name: string): number {
    return this.#here.get(name) ?? 0
  }

  #take(name: string): GiveBack {
    this.#here.set(name, this.#countHere(name) + 1)
    this.#say(name)
    let isTaken = true
    return () => {
      if (!isTaken) return
      isTaken = false
      const left = this.#countHere(name) - 1
      if (left > 0) this.#here.set(name, left)
      else this.#here.delete(name)
      this.#say(name)
    }
  }

  /** How many the other gateways have. Where nobody can say in time, none. */
  async #elsewhere(name: string): Promise<number> {
    this.#changed.delete(name)
    this.#question ??= this.#ask()
    const { names, others } = this.#question
    const place = names.push(name) - 1
    if (names.length === AT_ONCE) this.#question = undefined
    return (await others)[place] ?? 0
  }

  /** One question for all who come in one turn of the event loop: thousands do after a gateway has gone. */
  #ask(): Question {
    const names: string[] = []
    const others = new Promise<number[]>((resolve) => {
      const none = () => resolve([])
      setImmediate(() => {
        if (this.#question?.names === names) this.#question = undefined
        const late = setTimeout(none, PATIENCE_MS)
        const asked = names.map((name) => ({ name, here: this.#countHere(name) }))
        this.#options.registry
          .count(asked)
          .then(resolve, none)
          .finally(() => clearTimeout(late))
      })
    })
    return { names, others }
  }

  #sayAll(): void {
    for (const name of this.#here.keys()) this.#say(name)
  }

  #say(name: string): void {
    this.#changed.add(name)
    this.#together ??= setTimeout(() => {
      this.#together = undefined
      const all = [...this.#changed].map((one) => ({ name: one, here: this.#countHere(one) }))
      this.#changed.clear()
      // what cannot be said now is said when the registry is back
      for (let i = 0; i < all.length; i += AT_ONCE)
        this.#options.registry.count(all.slice(i, i + AT_ONCE)).catch(() => {})
    }, TOGETHER_MS)
  }
}

const nameOf = { user: (room: string) => room, address: (address: string) => `address:${address}` }

const tooManyOfUser = (most: number) =>
  new ParleyError('rate_limited', `No user may have more than ${most} sockets: close some`, {
    retryAfterMs: TOO_MANY_MS,
  })
