import type { Audience, Recipient } from '@parley/contracts'
import type { NewHandOver } from '../ports/hand-overs.ts'
import type { PreferencesOf } from '../ports/preferences.ts'
import type { Store } from '../ports/store.ts'
import type { Target, TargetsOf } from '../ports/targets.ts'
import type { StoredNotification } from '../ports/told.ts'
import { decide, type Telling, type Verdict } from '../rules/decide.ts'
import { workerOf } from '../worker.ts'

export interface LookDeps {
  store: Pick<Store, 'transaction'>
  audience: Pick<Audience, 'recipientsOf'>
  preferencesOf: PreferencesOf
  targetsOf: TargetsOf
  /** Milliseconds that a message is left to be read before anybody is told of it. */
  delayMs: number
  now?: () => Date
  /** Told after the commit what stands in lists now, and how many are unread there. */
  told?: (tenantId: string, stored: StoredNotification, unreadCount: number) => void
  /** For tests: passed before it is committed, and after. */
  passing?: (moment: 'decided' | 'told') => void
}

/** Of recipients together with what was decided of each. */
interface Decided {
  recipient: Recipient
  verdict: Verdict
}

/**
 * Tells who has not read what is as old as the delay, each once: how far everybody was told, what stands in their lists and what is to be
 * handed over is one commit. Whoever dies before it has done nothing, and of two who do it at once one finds it done. Answers when there
 * is more to look at.
 */
export async function look(
  deps: LookDeps,
  tenantId: string,
  conversationId: string,
): Promise<{ againMs: number } | undefined> {
  const { store, audience, delayMs } = deps
  const before = await store.transaction(tenantId, ({ told }) => told.of(conversationId))
  const told = [...before].map(([userId, seq]) => ({ userId, seq }))
  let againMs = Infinity
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<Audience['recipientsOf']>> = await audience.recipientsOf(workerOf(tenantId), {
      ...{ conversationId, after, delayMs, told },
    })
    // not at each message where many are written
    if (page.agesInMs !== null) againMs = Math.min(againMs, Math.max(page.agesInMs, delayMs / 2))
    if (page.recipients.some(({ toSeq }) => toSeq < page.agedSeq)) againMs = 0
    await tell(deps, tenantId, conversationId, before, await decideAll(deps, tenantId, conversationId, page))
    after = page.next
  } while (after !== null)
  return againMs === Infinity ? undefined : { againMs }
}

async function decideAll(
  { preferencesOf, now = () => new Date() }: LookDeps,
  tenantId: string,
  conversationId: string,
  { recipients, messages }: Awaited<ReturnType<Audience['recipientsOf']>>,
): Promise<Decided[]> {
  if (recipients.length === 0) return []
  const wishes = await preferencesOf(tenantId, conversationId, recipients)
  const bySeq = new Map(messages.map((message) => [message.seq, message]))
  return recipients.map((recipient) => ({
    recipient,
    verdict: decide(recipient, bySeq, wishes.get(recipient.userId)!, now()),
  }))
}

async function tell(
  deps: LookDeps,
  tenantId: string,
  conversationId: string,
  before: ReadonlyMap<string, number>,
  decided: readonly Decided[],
): Promise<void> {
  if (decided.length === 0) return
  const handOvers = await handOversOf(deps, tenantId, conversationId, decided)
  deps.passing?.('decided')
  const { stored, unread } = await deps.store.transaction(tenantId, async (unit) => {
    const moved = await unit.told.advance(
      conversationId,
      decided.map(({ recipient: { userId }, verdict: { toldTo } }) => ({
        ...{ userId, seq: toldTo },
        before: before.get(userId),
      })),
    )
    const news = decided.flatMap(({ recipient: { userId }, verdict: { telling } }) => {
      if (!telling || !moved.has(userId)) return []
      const { kind, fromSeq, toSeq, count, inApp, pushAt } = telling
      return { userId, kind, fromSeq, toSeq, count, listed: inApp, pushed: pushAt !== null }
    })
    const written = await unit.notifications.tell(conversationId, news)
    const counts = await unit.notifications.countUnread(
      written.filter(({ listed }) => listed).map(({ userId }) => userId),
    )
    await unit.handOvers.store(handOvers.filter(({ userId }) => moved.has(userId)))
    return { stored: written, unread: counts }
  })
  deps.passing?.('told')
  for (const one of stored) if (one.listed) deps.told?.(tenantId, one, unread.get(one.userId) ?? 0)
}

async function handOversOf(
  { targetsOf }: LookDeps,
  tenantId: string,
  conversationId: string,
  decided: readonly Decided[],
): Promise<NewHandOver[]> {
  const ways = { push: 'pushAt', email: 'emailAt' } as const satisfies Record<string, keyof Telling>
  const found: NewHandOver[] = []
  for (const way of ['push', 'email'] as const) {
    const concerned = decided.flatMap(({ recipient, verdict: { telling } }) => {
      const dueAt = telling?.[ways[way]]
      return telling && dueAt ? { recipient, telling, dueAt } : []
    })
    if (concerned.length === 0) continue
    const targets = await targetsOf(
      tenantId,
      way,
      concerned.map(({ recipient }) => recipient),
    )
    for (const { recipient, telling, dueAt } of concerned)
      for (const target of targets.get(recipient.userId) ?? [])
        found.push(toHandOver(recipient.userId, conversationId, telling, target, dueAt))
  }
  return found
}

function toHandOver(
  userId: string,
  conversationId: string,
  { kind, fromSeq, toSeq, eventAt }: Telling,
  target: Target,
  dueAt: Date,
): NewHandOver {
  return { ...target, userId, conversationId, kind, fromSeq, toSeq, eventAt, dueAt: dueAt.toISOString() }
}
