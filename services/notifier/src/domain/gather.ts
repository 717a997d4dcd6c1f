import { ParleyError } from '@parley/contracts'

/** What is asked for together: each call's item is answered in its order. */
export interface Gathering<Item, Answer> {
  add(item: Item): Promise<Answer>
}

/** So long others are waited for. */
const MOMENT_MS = 5

/** After so many in a row whoever is asked is taken to be out of reach. */
const OUT_OF_REACH = 2

/**
 * Collects what is asked for within a moment, and asks for it at once, at most so many. When asking for several fails, each is asked for by
 * itself: what one of them breaks does not keep the others from being done. Where nobody answers, the rest is not asked for. `inTurn`: it is
 * asked for when what was asked before is answered, and more is collected until then.
 */
export function gather<Item, Answer>(
  ask: (items: readonly Item[]) => Promise<readonly Answer[]>,
  { atMost, inTurn = false }: { atMost: number; inTurn?: boolean },
): Gathering<Item, Answer> {
  interface Batch {
    items: Item[]
    answers: Promise<readonly Promise<Answer>[]>
  }
  let open: Batch | undefined
  let asked: Promise<unknown> | undefined
  const askEach = async (items: readonly Item[]): Promise<readonly Promise<Answer>[]> => {
    const one = async (item: Item) => (await ask([item]))[0]!
    if (items.length === 1) return items.map(one)
    try {
      return (await ask(items)).map((answer) => Promise.resolve(answer))
    } catch {
      const alone: Promise<Answer>[] = []
      let unanswered = 0
      for (const item of items) {
        // as the one before
        const answer = unanswered < OUT_OF_REACH ? one(item) : alone.at(-1)!
        await answer.then(
          () => {
            unanswered = 0
          },
          (err) => {
            unanswered = err instanceof ParleyError && err.code === 'unavailable' ? unanswered + 1 : 0
          },
        )
        alone.push(answer)
      }
      return alone
    }
  }
  const begin = (): Batch => {
    const items: Item[] = []
    const before = inTurn ? asked : undefined
    const answers = new Promise((resolve) => setTimeout(resolve, MOMENT_MS))
      .then(() => before)
      .then(() => {
        if (open?.items === items) open = undefined
        return askEach(items)
      })
    asked = answers.then((all) => Promise.allSettled(all))
    return { items, answers }
  }
  return {
    async add(item) {
      open ??= begin()
      const { items, answers } = open
      const at = items.push(item) - 1
      if (items.length >= atMost) open = undefined
      return (await answers)[at]!
    },
  }
}
