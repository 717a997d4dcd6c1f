import { browserStorage } from './browser-storage.ts'
import { listPeople } from './people.ts'

/** Kept per tab, so that two windows can be two people. */
const KEY = 'parley.token'
const ofTab = browserStorage(() => sessionStorage)

export function storeToken(token: string | null): void {
  if (token === null) ofTab.remove(KEY)
  else ofTab.set(KEY, token)
}

/** The person whom the address names, `?as=ana`. */
export function namedInAddress(): string | null {
  return new URLSearchParams(location.search).get('as')
}

export function forgetAddress(): void {
  history.replaceState(null, '', location.pathname)
}

/** The token to begin with. The address goes before what the tab remembers; null shows the choice of people. */
export async function initialToken(): Promise<string | null> {
  const named = namedInAddress()
  if (named === null) return ofTab.get(KEY)
  const people = await listPeople()
  return people.find((person) => person.userId === named)?.token ?? null
}
