import type { ChatSocket } from '../io.ts'
import { type Connection, connectionOf } from './engine.ts'

/** Events of a socket that are answered at the same time. */
const MAX_AT_ONCE = 64
/** More events than one read of the system can bring, so that they come from someone who cannot be made to wait. */
const MAX_WAITING = 10_000
/** What costs a client nothing (refusals, and what the gateway answers by itself) it may have so often in a window. */
const MAX_FREE = 2_000
const WINDOW_MS = 10_000

/** `costly` if it was a call that succeeded: those have limits of their own. */
export type Outcome = 'costly' | 'free'

/**
 * What a socket sends, on its way to be answered: so many events at once, the others in their order. While some wait, its
 * connection is not read, so that a client that sends faster than it is served is slowed down by its own system, whether
 * it asks for acknowledgements or not.
 */
export class Intake {
  static readonly #ofSockets = new WeakMap<ChatSocket, Intake>()
  readonly #connection: Connection
  readonly #answer: (event: string, args: unknown[]) => Promise<Outcome>
  readonly #waiting: [event: string, args: unknown[]][] = []
  #running = 0
  #free = 0
  #windowEnd = 0
  #isPaused = false
  #pause: NodeJS.Timeout | undefined

  constructor(socket: ChatSocket, answer: (event: string, args: unknown[]) => Promise<Outcome>) {
    this.#connection = connectionOf(socket)
    this.#answer = answer
    Intake.#ofSockets.set(socket, this)
  }

  /** Whether something of the socket's waits for its answer. */
  static isBusy(socket: ChatSocket): boolean {
    const intake = Intake.#ofSockets.get(socket)
    return intake !== undefined && intake.#running + intake.#waiting.length > 0
  }

  take(event: string, args: unknown[]): void {
    if (this.#running < MAX_AT_ONCE && !this.#isPaused) return void this.#begin(event, args)
    this.#waiting.push([event, args])
    if (this.#waiting.length > MAX_WAITING) this.#connection.close(true)
    else this.#stopReading()
  }

  /** Nobody is there to answer. */
  close(): void {
    clearTimeout(this.#pause)
    this.#waiting.length = 0
  }

  async #begin(event: string, args: unknown[]): Promise<void> {
    this.#running++
    const outcome = await this.#answer(event, args)
    this.#running--
    if (outcome === 'free') this.#countFree()
    this.#goOn()
  }

  #countFree(): void {
    const now = performance.now()
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + WINDOW_MS
      this.#free = 0
    }
    if (++this.#free < MAX_FREE || this.#pause) return
    this.#stopReading()
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#goOn()
    }, this.#windowEnd - now)
  }

  #goOn(): void {
    if (this.#pause) return
    while (this.#running < MAX_AT_ONCE && this.#waiting.length > 0) void this.#begin(...this.#waiting.shift()!)
    if (!this.#isPaused || this.#waiting.length > 0) return
    this.#isPaused = false
    this.#connection.transport.socket?.resume()
  }

  #stopReading(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#connection.transport.socket?.pause()
  }
}
