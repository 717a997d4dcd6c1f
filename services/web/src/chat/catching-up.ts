import type { RequestFailure } from '../net/request-failure.ts'

const FIRST_WAIT_MS = 2_000
const LONGEST_WAIT_MS = 60_000

interface CatchingUpDeps {
  /** Asks what was missed. Resolves with why that has to be tried again; never rejects. */
  ask(): Promise<RequestFailure | null>
  connected(): boolean
  /** Something may be missing, or nothing any more. */
  onChange(isCatchingUp: boolean): void
}

/**
 * That what was missed is asked for once at a time, however many say that something was, and where it fails after a wait that grows and is
 * never less than the server wants: a page that is behind while the server is away asks no more often for being told so again.
 */
export class CatchingUp {
  readonly #deps: CatchingUpDeps
  #running: Promise<void> | undefined
  #waiting: ReturnType<typeof setTimeout> | undefined
  /** Something was missed after the question under way was asked. */
  #again = false
  /** Another connection has come meanwhile: what fails of the former says nothing of this one. */
  #isNew = false
  #failures = 0

  constructor(deps: CatchingUpDeps) {
    this.#deps = deps
  }

  /** Something was missed. Resolves when it is here, or waits for its next try. */
  ask(): Promise<void> {
    if (this.#waiting !== undefined) return Promise.resolve()
    this.#again = true
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** There is another connection: at once, whatever was waited for. */
  askAnew(): Promise<void> {
    clearTimeout(this.#waiting)
    this.#waiting = undefined
    this.#failures = 0
    this.#isNew = true
    return this.ask()
  }

  async #work(): Promise<void> {
    this.#deps.onChange(true)
    while (this.#again || this.#isNew) {
      this.#again = false
      this.#isNew = false
      const failure = await this.#deps.ask()
      if (!failure) this.#failures = 0
      else if (!this.#isNew) {
        this.#wait(failure)
        return
      }
    }
    this.#deps.onChange(false)
  }

  #wait({ retryAfterMs = 0 }: RequestFailure): void {
    const growing = Math.min(FIRST_WAIT_MS * 2 ** this.#failures++, LONGEST_WAIT_MS)
    // those who were cut off together do not come back together
    const waitMs = Math.max(retryAfterMs, growing) * (1 + Math.random() / 2)
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined
      // Gone again: the next `ready` tries it anew.
      if (this.#deps.connected()) void this.ask()
      else this.#deps.onChange(false)
    }, waitMs)
  }
}
