import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '@parley/contracts'
import type { Shown } from './model.ts'
import { callRest } from './rest.ts'
import { toShown } from './screen.ts'

const PATIENCE_MS = 30_000

/** A conversation's messages as the user may see them now, over REST; undefined when they are not in it. */
export async function readHistory(url: string, token: string, conversationId: string): Promise<Shown[] | undefined> {
  const history: Shown[] = []
  const deadline = Date.now() + PATIENCE_MS
  for (let after = 0; ; ) {
    const path = `/conversations/${conversationId}/messages?after=${after}&limit=100`
    const page = await callRest<{ data: Message[]; hasMore: boolean }>(url, token, 'GET', path)
    if (page.ok) {
      history.push(...page.data.data.map(toShown))
      const last = history.at(-1)
      if (!page.data.hasMore || !last) return history
      after = last.seq
    } else if (page.code === 'not_found') return undefined
    else if (Date.now() > deadline) throw new Error(`The history of ${conversationId} cannot be read: ${page.code}`)
    else await sleep(200)
  }
}
