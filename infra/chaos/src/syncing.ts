import { setTimeout as sleep } from 'node:timers/promises'

/** What a client wants to be brought up to date: everything, or some conversations. */
export interface SyncWish {
  all: boolean
  ids: string[]
}

export interface SyncingOptions {
  /** Brings a wish about, or rejects. */
  sync: (wish: SyncWish) => Promise<void>
  /** Nothing more is wished for: what was heard meanwhile can be applied. May wish for more. */
  done: () => void
  isClosed: () => boolean
}

/** A system that is in trouble must not be asked ever again by everybody at once. */
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 4_000

/** One sync at a time, each until it succeeds; what is wished for meanwhile comes next. */
export function createSyncing({ sync, done, isClosed }: SyncingOptions) {
  let wishes: SyncWish[] = []
  let isBusy = false
  let hurry: () => void = () => {}
  let hurried = new Promise<void>(() => {})
  let finished: () => void = () => {}
  const first = new Promise<void>((resolve) => {
    finished = resolve
  })

  const run = async () => {
    isBusy = true
    let retryMs = FIRST_RETRY_MS
    while (wishes.length > 0 && !isClosed()) {
      const taken = wishes
      wishes = []
      const wish = { all: taken.some(({ all }) => all), ids: [...new Set(taken.flatMap(({ ids }) => ids))] }
      try {
        await sync(wish)
        if (wishes.length === 0) done()
        retryMs = FIRST_RETRY_MS
      } catch {
        wishes.push(wish)
        // Somebody who has just come back over a new connection need not wait any more.
        await Promise.race([sleep(retryMs * (0.5 + Math.random())), hurried])
        retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)
      }
    }
    isBusy = false
    finished()
  }
  return {
    /** Resolves when there is nothing left to bring for the first time. */
    first,
    get isBusy() {
      return isBusy
    },
    want(wish: SyncWish): void {
      wishes.push(wish)
      if (wish.all) {
        hurry()
        hurried = new Promise((resolve) => {
          hurry = resolve
        })
      }
      if (!isBusy) void run()
    },
  }
}
