import { type Actor, ParleyError } from '@parley/contracts'

export interface TurnsOptions {
  /** How many calls of one user are worked on at once. */
  perUser: number
  /** And of all users together. */
  total: number
  /** How many of one user may wait besides. */
  maxWaiting: number
  /** Nobody waits longer for an answer: what begins later is done for no one. Milliseconds. */
  patienceMs: number
  /** Milliseconds, only ever forwards. */
  clock?: { now(): number }
}

interface User {
  running: number
  waiting: (() => void)[]
  /** Among those whose turn comes. */
  isInLine: boolean
}

const AGAIN_MS = 1_000

/**
 * Lets calls into the store, users in turn: however many one of them sends, the next call of another waits for at most one
 * of each user before it. What is more than may wait is refused at once.
 */
export class Turns {
  readonly #options: TurnsOptions
  readonly #clock: { now(): number }
  readonly #users = new Map<string, User>()
  /** Users with a call that waits and may be worked on as far as they are concerned. */
  readonly #line: User[] = []
  #running = 0

  constructor(options: TurnsOptions) {
    this.#options = options
    this.#clock = options.clock ?? performance
  }

  /**
   * Does the work when it is the actor's turn. A backend speaks for many, and waits for none of them. Whoever has a turn must not
   * take another, nor wait for somebody who does: both might wait for ever.
   */
  async take<T>({ tenantId, userId, role }: Actor, work: () => Promise<T>): Promise<T> {
    if (role === 'service') return work()
    const key = `${tenantId}:${userId}`
    const user = this.#users.get(key) ?? this.#open(key)
    const { perUser, total } = this.#options
    if (user.running < perUser && this.#running < total) this.#enter(user)
    else await this.#wait(user)
    try {
      return await work()
    } finally {
      user.running--
      this.#running--
      this.#lineUp(user)
      if (user.running === 0 && user.waiting.length === 0) this.#users.delete(key)
      this.#goOn()
    }
  }

  #open(key: string): User {
    const user = { running: 0, waiting: [], isInLine: false }
    this.#users.set(key, user)
    return user
  }

  #enter(user: User): void {
    user.running++
    this.#running++
  }

  async #wait(user: User): Promise<void> {
    const { maxWaiting, patienceMs } = this.#options
    if (user.waiting.length >= maxWaiting)
      throw new ParleyError('rate_limited', 'Too many calls at once: wait for their answers', {
        retryAfterMs: AGAIN_MS,
      })
    const deadline = this.#clock.now() + patienceMs
    await new Promise<void>((resolve) => {
      user.waiting.push(resolve)
      this.#lineUp(user)
    })
    if (this.#clock.now() < deadline) return
    user.running--
    this.#running--
    this.#lineUp(user)
    this.#goOn()
    throw new ParleyError('unavailable', 'Busy: try again shortly')
  }

  #lineUp(user: User): void {
    if (user.isInLine || user.waiting.length === 0 || user.running >= this.#options.perUser) return
    user.isInLine = true
    this.#line.push(user)
  }

  #goOn(): void {
    while (this.#running < this.#options.total) {
      const user = this.#line.shift()
      if (!user) return
      user.isInLine = false
      this.#enter(user)
      user.waiting.shift()!()
      this.#lineUp(user)
    }
  }
}
