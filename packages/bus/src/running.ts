/** How long a stop waits for handlers at work: no caller waits longer for an answer. Milliseconds. */
export const STOP_WITHIN_MS = 5_000

/** The handlers at work right now, so that stopping can wait for them. */
export class Running {
  readonly #handlers = new Set<Promise<void>>()
  readonly #onError: (err: unknown) => void

  constructor(onError: (err: unknown) => void) {
    this.#onError = onError
  }

  /** Runs a handler; what it throws, now or later, goes to `onError` and never to the caller. */
  run(handle: () => void | Promise<void>): void {
    try {
      const result = handle()
      if (!(result instanceof Promise)) return
      const done = result.catch(this.#onError).finally(() => this.#handlers.delete(done))
      this.#handlers.add(done)
    } catch (err) {
      this.#onError(err)
    }
  }

  /** Resolves when none is at work, or when the time is over. */
  async idle(withinMs = STOP_WITHIN_MS): Promise<void> {
    if (this.#handlers.size === 0) return
    await within(withinMs, Promise.all(this.#handlers))
  }
}

/**
 * Waits for the promise, but no longer; what becomes of it afterwards is of no interest. Each message passes here: a plain timer
 * costs it far less than an abort signal, whose error is made each time.
 */
export function within(ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const settled = () => {
      clearTimeout(timer)
      resolve()
    }
    promise.then(settled, settled)
  })
}
