/** One tab among those of a browser that share its storage. */
export interface BrowserTab {
  id: string
  /** When that one is closed, and nothing else of this browser is about what it left. At once where no tab can tell. */
  whenClosed(id: string, act: () => void): void
}

/** By a lock that each tab holds as long as it lives (Web Locks). `locks`: undefined where a browser has none. */
export function browserTab(id: string, locks: Pick<LockManager, 'request'> | undefined): BrowserTab {
  const nameOf = (tab: string) => `parley/tab/${tab}`
  locks?.request(nameOf(id), () => new Promise(() => {})).catch(() => {})
  return {
    id,
    whenClosed(other, act) {
      if (!locks) return act()
      locks.request(nameOf(other), act).catch(() => {})
    },
  }
}
