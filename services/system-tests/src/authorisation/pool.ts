/** Hands out one thing after the other, and makes more of them when there are none left. */
export function createPool<T>(make: () => Promise<T[]>): () => Promise<T> {
  let left: T[] = []
  let turn: Promise<unknown> = Promise.resolve()
  return () => {
    const taken = turn.then(async (): Promise<T> => {
      if (left.length === 0) left = await make()
      return left.pop()!
    })
    turn = taken.catch(() => {})
    return taken
  }
}
