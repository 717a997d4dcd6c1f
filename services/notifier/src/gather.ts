/** What is asked for together: each call's items are answered in their order. */
export interface Gathering<Item, Answer> {
  add(item: Item): Promise<Answer>
}

/**
 * Collects what is asked within a moment, and asks it at once, at most so many; one question is under way at a time. When that fails, so
 * does each of them.
 */
export function gather<Item, Answer>(
  ask: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { waitMs, atMost }: { waitMs: number; atMost: number },
): Gathering<Item, Answer> {
  interface Waiting {
    item: Item
    resolve: (answer: Answer) => void
    reject: (err: unknown) => void
  }
  let waiting: Waiting[] = []
  let isWorking = false
  const work = async () => {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    while (waiting.length > 0) {
      const taken = waiting.slice(0, atMost)
      waiting = waiting.slice(atMost)
      try {
        const answers = await ask(taken.map(({ item }) => item))
        for (const [i, { resolve }] of taken.entries()) resolve(answers[i]!)
      } catch (err) {
        for (const { reject } of taken) reject(err)
      }
    }
    isWorking = false
  }
  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        if (isWorking) return
        isWorking = true
        void work()
      }),
  }
}
