/** A browser's storage that never throws: where it is forbidden nothing is found in it, and `set` says false. */
export interface BrowserStorage {
  keys(): string[]
  get(key: string): string | null
  /** False: it is forbidden, or there is no room left. */
  set(key: string, value: string): boolean
  remove(key: string): void
}

/** `open` is called each time: even to name the storage is refused by some browsers. */
export function browserStorage(open: () => Storage): BrowserStorage {
  const attempt = <T>(act: (storage: Storage) => T, otherwise: T): T => {
    try {
      return act(open())
    } catch {
      return otherwise
    }
  }
  return {
    keys: () => attempt((storage) => Array.from({ length: storage.length }, (_, index) => storage.key(index)!), []),
    get: (key) => attempt((storage) => storage.getItem(key), null),
    set: (key, value) =>
      attempt((storage) => {
        storage.setItem(key, value)
        return true
      }, false),
    remove: (key) => attempt((storage) => storage.removeItem(key), undefined),
  }
}

/** What is kept in this browser for one person, out of the sight of everybody else who uses it. */
export function storageOf(
  { tenantId, userId }: { tenantId: string; userId: string },
  all: BrowserStorage,
): BrowserStorage & { clear(): void } {
  const prefix = `parley/${encodeURIComponent(tenantId)}/${encodeURIComponent(userId)}/`
  const keys = () =>
    all
      .keys()
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length))
  return {
    keys,
    get: (key) => all.get(prefix + key),
    set: (key, value) => all.set(prefix + key, value),
    remove: (key) => all.remove(prefix + key),
    clear: () => {
      for (const key of keys()) all.remove(prefix + key)
    },
  }
}
