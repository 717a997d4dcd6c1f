import type { Logger } from '@parley/runtime'
import type { Gone, PresenceRegistry } from './registry.ts'
import { type Person, type Seat, type SeatedSocket, type Standing, seatText, socketText, standingOf } from './seat.ts'

/** What somebody does within this time is said at once. */
const TOGETHER_MS = 50
const AT_ONCE = 500

/** What a socket has said of itself; one that has said nothing is `active` and looks at nothing. */
export interface Said {
  standing: Standing
  focused: string | null
}

interface Seated {
  said: Said | undefined
  socket: SeatedSocket
  /** The socket as the registry has it. */
  text: string
}

interface Here extends Person {
  sockets: Map<object, Seated>
  /** As the registry has it; undefined: it has not been told. */
  put: string | undefined
}

export interface SeatKeeperOptions {
  registry: PresenceRegistry
  heartbeatMs: number
  graceMs: number
  /** They are gone from everywhere: told of each once, at one gateway. */
  onGone: (gone: readonly Gone[]) => void
  log: Logger
}

const keyOf = ({ tenantId, userId }: Person) => `${tenantId}:${userId}`

/** Knows how the users of this gateway are, and keeps the registry told of it. */
export class SeatKeeper {
  readonly #options: SeatKeeperOptions
  readonly #here = new Map<string, Here>()
  /** Those of whom the registry is to be told. */
  readonly #changed = new Map<string, Person>()
  #flushing: Promise<void> | undefined
  #together: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #afterGrace: NodeJS.Timeout | undefined
  /** When somebody left here last, by performance.now(). */
  #lastLeave = 0
  /** Until then others may not have said again whom they have. */
  #settlesAt = 0
  #isOut = false
  #isClosed = false

  constructor(options: SeatKeeperOptions) {
    this.#options = options
    options.registry.onBack(() => {
      this.#settlesAt = performance.now() + options.heartbeatMs
      void this.#beat(true)
    })
  }

  /** The registry was lost and is back: whoever is not in it may only not have been put into it again yet. */
  get isSettling(): boolean {
    return performance.now() < this.#settlesAt
  }

  people(): Person[] {
    return [...this.#here.values()].map(({ tenantId, userId }) => ({ tenantId, userId }))
  }

  seatOf(person: Person): Seat | null {
    const here = this.#here.get(keyOf(person))
    return here ? toSeat(here) : null
  }

  enter({ tenantId, userId }: Person, socket: object, about: SeatedSocket): void {
    const key = keyOf({ tenantId, userId })
    const here = this.#here.get(key) ?? { tenantId, userId, sockets: new Map(), put: undefined }
    here.sockets.set(socket, { said: undefined, socket: about, text: socketText(about) })
    this.#here.set(key, here)
    this.#say(here)
  }

  leave(person: Person, socket: object): void {
    const here = this.#here.get(keyOf(person))
    if (!here?.sockets.delete(socket)) return
    if (here.sockets.size === 0) this.#here.delete(keyOf(person))
    this.#say(here)
  }

  set(person: Person, socket: object, said: Said): void {
    const lookedAt = said.standing === 'active' ? null : Date.now()
    this.#change(person, socket, (seated) => {
      if (seated.said?.standing !== said.standing) seated.socket.lookedAt = lookedAt
      seated.said = said
    })
  }

  /** The socket goes on with a token of another session. */
  setSession(person: Person, socket: object, sessionId: string): void {
    this.#change(person, socket, (seated) => {
      seated.socket.sessionId = sessionId
    })
  }

  #change(person: Person, socket: object, change: (seated: Seated) => void): void {
    const here = this.#here.get(keyOf(person))
    const seated = here?.sockets.get(socket)
    if (!here || !seated) return
    change(seated)
    seated.text = socketText(seated.socket)
    this.#say(here)
  }

  async start(): Promise<void> {
    await this.#beat(false)
    this.#heartbeat = setInterval(() => void this.#beat(false), this.#options.heartbeatMs)
  }

  /** Nobody is here any more. */
  async close(): Promise<void> {
    for (const timer of [this.#together, this.#heartbeat, this.#afterGrace]) clearTimeout(timer)
    await this.#flush()
    this.#isClosed = true
  }

  #say(person: Person): void {
    this.#changed.set(keyOf(person), person)
    this.#together ??= setTimeout(() => {
      this.#together = undefined
      void this.#flush()
    }, TOGETHER_MS)
  }

  #sayAll(): void {
    for (const [key, here] of this.#here) {
      here.put = undefined
      this.#changed.set(key, here)
    }
  }

  async #flush(): Promise<void> {
    this.#flushing ??= this.#putChanged().finally(() => {
      this.#flushing = undefined
    })
    await this.#flushing
  }

  /** What could not be said now is said when the registry is there. Never throws. */
  async #putChanged(): Promise<void> {
    let refusals = 0
    while (this.#changed.size > 0 && refusals < 2) {
      const some = [...this.#changed.entries()].slice(0, AT_ONCE)
      const seats = some.flatMap(([key, person]) => {
        this.#changed.delete(key)
        const here = this.#here.get(key)
        const seat = here ? toSeat(here) : null
        const text = seat ? seatText(seat) : undefined
        if (here && text !== undefined && here.put === text) return []
        if (here) here.put = text
        return { tenantId: person.tenantId, userId: person.userId, seat }
      })
      const isTaken = await this.#options.registry.put(seats).catch((err) => this.#failed(err))
      if (isTaken === true) {
        if (seats.some(({ seat }) => seat === null)) this.#sweepAfterGrace()
        continue
      }
      for (const [key, person] of some) {
        const here = this.#here.get(key)
        if (here) here.put = undefined
        if (!this.#changed.has(key)) this.#changed.set(key, person)
      }
      if (isTaken === undefined) return
      refusals++
      // nobody knows this gateway any more
      await this.#options.registry.beat({ sweep: false }).catch((err) => this.#failed(err))
      this.#sayAll()
    }
  }

  /** This gateway is there. Never throws. */
  async #beat(isBack: boolean): Promise<void> {
    const { registry, onGone } = this.#options
    // after a while without a registry others are taken for silent who only could not say that they are there
    const sweep = !this.isSettling
    try {
      for (let isFirst = true; ; isFirst = false) {
        const { known, gone, more } = await registry.beat({ sweep })
        if (gone.length > 0) onGone(gone)
        if (isFirst && (!known || isBack)) this.#sayAll()
        if (!more) break
      }
      if (this.#isOut) this.#options.log.info('who is there is shared again')
      this.#isOut = false
      await this.#flush()
    } catch (err) {
      this.#failed(err)
    }
  }

  #failed(err: unknown): undefined {
    if (!this.#isOut && !this.#isClosed)
      this.#options.log.warn({ err }, 'who is there cannot be shared: each gateway knows its own people alone')
    this.#isOut = true
    return undefined
  }

  /** Soon after the grace of whoever left, so that they are not told of a heartbeat later. */
  #sweepAfterGrace(): void {
    const { graceMs } = this.#options
    this.#lastLeave = performance.now()
    const wait = (ms: number) => {
      this.#afterGrace = setTimeout(() => {
        this.#afterGrace = undefined
        void this.#beat(false)
        const left = this.#lastLeave + graceMs - performance.now()
        if (left > 0) wait(left + TOGETHER_MS)
      }, ms)
    }
    if (!this.#afterGrace && !this.#isClosed) wait(graceMs + TOGETHER_MS)
  }
}

function toSeat({ sockets }: Here): Seat {
  const seated = [...sockets.values()]
  const said = seated.map((one) => one.said)
  const focused = new Set(
    said.flatMap((one) => (one?.standing === 'active' && one.focused !== null ? [one.focused] : [])),
  )
  return {
    standing: standingOf(said.map((one) => one?.standing ?? 'active'))!,
    focused: [...focused],
    sockets: seated.map(({ text }) => text),
  }
}
