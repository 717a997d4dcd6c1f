/** As a browser has it, with room for so many characters. For tests. */
export function memoryStorage(room = Number.POSITIVE_INFINITY): Storage {
  const held = new Map<string, string>()
  return {
    get length() {
      return held.size
    },
    key: (index) => [...held.keys()][index] ?? null,
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => {
      const used = [...held].reduce((sum, [k, v]) => sum + (k === key ? 0 : v.length), 0)
      if (used + value.length > room) throw new DOMException('full', 'QuotaExceededError')
      held.set(key, value)
    },
    removeItem: (key) => void held.delete(key),
    clear: () => held.clear(),
  }
}
