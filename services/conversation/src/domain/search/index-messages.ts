import type { Deps } from '../deps.ts'
import type { ListedWords, SearchStep, UnlistedMessage } from '../ports/search.ts'
import { searchableTexts } from './searchable-texts.ts'
import { spokenIn, tenantKey, termsOf } from './terms.ts'

/** What came of a step: how much there was, or that another process did one at the same time. */
export type Indexed = { count: number; messages: number } | 'contended'

/** Lets the messages of the next events be found. */
export async function indexEvents(deps: Deps, limit: number): Promise<Indexed> {
  return take(deps, await deps.store.search.nextEvents(limit))
}

/** Lets messages be found that were there before, the newest first. */
export async function fillSearch(deps: Deps, limit: number): Promise<Indexed> {
  return take(deps, await deps.store.search.nextUnfilled(limit))
}

async function take(deps: Deps, { step, messages, count }: SearchStep): Promise<Indexed> {
  if (!step) return { count, messages: 0 }
  const words: ListedWords[] = []
  for (const [tenantId, those] of byTenant(messages)) words.push(...(await wordsOfTenant(deps, tenantId, those)))
  // in one order, as whoever changes several messages locks them
  words.sort((a, b) =>
    a.conversationId < b.conversationId ? -1 : a.conversationId > b.conversationId ? 1 : a.seq - b.seq,
  )
  const done = await deps.store.search.list(step, words)
  return done ? { count, messages: words.length } : 'contended'
}

function byTenant(messages: readonly UnlistedMessage[]): Map<string, UnlistedMessage[]> {
  const tenants = new Map<string, UnlistedMessage[]>()
  for (const message of messages) {
    const known = tenants.get(message.tenantId)
    if (known) known.push(message)
    else tenants.set(message.tenantId, [message])
  }
  return tenants
}

async function wordsOfTenant(
  { policies, stemsOf }: Deps,
  tenantId: string,
  messages: readonly UnlistedMessage[],
): Promise<ListedWords[]> {
  const { search } = await policies.of(tenantId)
  const key = tenantKey(tenantId)
  const texts = messages.map(searchableTexts)
  const stems = await stemsOf(search.language, search.language === null ? [] : spokenIn(texts.flat()))
  return messages.map(({ conversationId, seq, rev }, i) => ({
    ...{ conversationId, seq, rev, key },
    terms: termsOf(key, texts[i]!, stems),
  }))
}
