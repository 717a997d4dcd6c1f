import {
  type Audience,
  MAX_ASKED_CONVERSATIONS,
  MAX_RECIPIENTS,
  type Recipient,
  type RecipientsPage,
} from '@parley/contracts'
import { type Gathering, gather } from '../gather.ts'
import type { AreLooking } from '../ports/looking.ts'
import type { PreferencesOf } from '../ports/preferences.ts'
import type { Store } from '../ports/store.ts'
import type { TargetsOf } from '../ports/targets.ts'
import type { ReadMark, StoredNotification } from '../ports/told.ts'
import { decide, type Verdict } from '../rules/decide.ts'
import { workerOf } from '../worker.ts'
import { handOversOf } from './hand-overs-of.ts'

export interface LookDeps {
  store: Pick<Store, 'transaction'>
  audience: Pick<Audience, 'recipientsOf'>
  preferencesOf: PreferencesOf
  targetsOf: TargetsOf
  /** Whether these look at these conversations at this moment, in their order; left out, nobody does. */
  areLooking?: AreLooking
  /** Milliseconds that a message is left to be read before anybody is told of it. */
  delayMs: number
  now?: () => Date
  /** Told after the commit what stands in lists now, and how many are unread there. */
  told?: (tenantId: string, stored: StoredNotification, unreadCount: number) => void
  /** Told who has read so far by what they have written. */
  wrote?: (marks: readonly ReadMark[]) => Promise<void>
  /** For tests: passed before it is committed, and after. */
  passing?: (moment: 'decided' | 'told') => void
}

/** Looks at a conversation; see `look`. */
export type Look = (tenantId: string, conversationId: string) => Promise<{ againMs: number } | undefined>

/** Some of those who are in a conversation, from behind one of them on. */
interface Place {
  conversationId: string
  after: string | null
}

/** What came of looking at a place: when there is more to look at in the conversation, and where its others begin. */
interface Looked {
  againMs: number
  next: string | null
}

/** Somebody who was looked at, and what was decided. */
interface Decided {
  conversationId: string
  /** Up to where they were told before. */
  before: number | undefined
  recipient: Recipient
  verdict: Verdict
}

/** Of each of several conversations so many people are looked at together; there are seldom more. */
const FIRST = 8
/** So many are told in one commit, which a slow database does within its deadline as well. */
const TOLD_AT_ONCE = 100

/**
 * Tells who has not read what is as old as the delay, each once: how far somebody was told, what stands in their list and what is to be
 * handed over is one commit. Whoever dies before it has done nothing, and of two who do it at once one finds it done. Answers when there is
 * more to look at.
 */
export async function look(
  deps: LookDeps,
  tenantId: string,
  conversationId: string,
  first: (tenantId: string, conversationId: string) => Promise<Looked> = (...of) => lookOn(deps, ...of, null),
): Promise<{ againMs: number } | undefined> {
  let { againMs, next } = await first(tenantId, conversationId)
  while (next !== null) {
    const looked = await lookOn(deps, tenantId, conversationId, next)
    againMs = Math.min(againMs, looked.againMs)
    next = looked.next
  }
  return againMs === Infinity ? undefined : { againMs }
}

/**
 * Looks at conversations of a tenant together when they are asked for within a moment: most are of two people of whom one has read
 * everything, and what it costs is the asking.
 */
export function createLook(deps: LookDeps): Look {
  const together = new Map<string, Gathering<string, Looked>>()
  const first = (tenantId: string, conversationId: string): Promise<Looked> => {
    let ofTenant = together.get(tenantId)
    if (!ofTenant) {
      ofTenant = gather(
        (ids) => {
          together.delete(tenantId)
          const places = ids.map((id) => ({ conversationId: id, after: null }))
          return lookAt(deps, tenantId, places, ids.length === 1 ? MAX_RECIPIENTS : FIRST)
        },
        { atMost: MAX_ASKED_CONVERSATIONS },
      )
      together.set(tenantId, ofTenant)
    }
    return ofTenant.add(conversationId)
  }
  return (tenantId, conversationId) => look(deps, tenantId, conversationId, first)
}

async function lookOn(deps: LookDeps, tenantId: string, conversationId: string, after: string | null): Promise<Looked> {
  return (await lookAt(deps, tenantId, [{ conversationId, after }], MAX_RECIPIENTS))[0]!
}

async function lookAt(deps: LookDeps, tenantId: string, places: readonly Place[], limit: number): Promise<Looked[]> {
  const { store, audience, delayMs, areLooking = nobodyLooks } = deps
  const conversationIds = places.map(({ conversationId }) => conversationId)
  const marks = await store.transaction(tenantId, ({ told }) => told.of(conversationIds))
  const before = new Map(conversationIds.map((id) => [id, new Map<string, number>()]))
  for (const { conversationId, userId, seq } of marks) before.get(conversationId)!.set(userId, seq)
  const { pages } = await audience.recipientsOf(workerOf(tenantId), {
    conversations: places.map(({ conversationId, after }) => ({
      ...{ conversationId, after },
      told: [...before.get(conversationId)!].map(([userId, seq]) => ({ userId, seq })),
    })),
    ...{ delayMs, limit },
  })
  const unread = pages.flatMap((page, i) =>
    page.recipients.map((recipient) => ({ page, recipient, conversationId: conversationIds[i]! })),
  )
  const looking = await areLooking(
    tenantId,
    unread.map(({ conversationId, recipient: { userId } }) => ({ conversationId, userId })),
  )
  // whoever sees it come is told of nothing; where they go without reading it, they are told the next time
  const watched = new Set(unread.filter((_, i) => looking[i]).map(({ page }) => page))
  const asked = unread.filter((_, i) => !looking[i])
  const verdicts = await decideAll(deps, tenantId, asked)
  const moved = await tell(
    deps,
    tenantId,
    asked.map(({ conversationId, recipient }, i) => ({
      ...{ conversationId, recipient, verdict: verdicts[i]! },
      before: before.get(conversationId)!.get(recipient.userId),
    })),
  )
  // another look came between, which may not have seen as much: what this one had to tell is looked at anew
  const overtaken = new Set(asked.filter((_, i) => !moved[i]).map(({ page }) => page))
  const wrote = pages.flatMap(({ readers = [] }, i) =>
    readers.map((reader) => ({ ...reader, tenantId, conversationId: conversationIds[i]! })),
  )
  if (wrote.length > 0) await deps.wrote?.(wrote)
  return pages.map((page) => {
    const { agesInMs, agedSeq, recipients, next } = page
    if (overtaken.has(page) || recipients.some(({ toSeq }) => toSeq < agedSeq)) return { againMs: 0, next }
    // not at each message where many are written
    const againMs = agesInMs === null ? Infinity : Math.max(agesInMs, delayMs / 2)
    return { againMs: watched.has(page) ? Math.min(againMs, delayMs) : againMs, next }
  })
}

const nobodyLooks: AreLooking = async (_tenantId, places) => places.map(() => false)

async function decideAll(
  { preferencesOf, now = () => new Date() }: LookDeps,
  tenantId: string,
  asked: readonly { page: RecipientsPage; recipient: Recipient; conversationId: string }[],
): Promise<Verdict[]> {
  if (asked.length === 0) return []
  const wishes = await preferencesOf(
    tenantId,
    asked.map(({ conversationId, recipient: { userId, email } }) => ({ conversationId, userId, email })),
  )
  return asked.map(({ page, recipient }, i) => {
    const bySeq = new Map(page.messages.map((message) => [message.seq, message]))
    return decide(recipient, bySeq, wishes[i]!, now())
  })
}

/** Answers of each whether it was this look that went on from where it began. */
async function tell(deps: LookDeps, tenantId: string, decided: readonly Decided[]): Promise<readonly boolean[]> {
  const moved: boolean[] = []
  for (let i = 0; i < decided.length; i += TOLD_AT_ONCE)
    moved.push(...(await tellSome(deps, tenantId, decided.slice(i, i + TOLD_AT_ONCE))))
  return moved
}

async function tellSome(deps: LookDeps, tenantId: string, decided: readonly Decided[]): Promise<readonly boolean[]> {
  const { targetsOf, now = () => new Date() } = deps
  const handOvers = await handOversOf(targetsOf, tenantId, decided, now())
  deps.passing?.('decided')
  const { moved, stored, unread } = await deps.store.transaction(tenantId, async (unit) => {
    const moved = await unit.told.advance(
      decided.map(({ conversationId, before, recipient: { userId }, verdict: { toldTo: seq } }) => ({
        ...{ conversationId, userId, before, seq },
      })),
    )
    const mine = decided.filter((_, i) => moved[i])
    const written = await unit.notifications.tell(
      mine.flatMap(({ conversationId, recipient: { userId }, verdict: { telling } }) => {
        if (!telling) return []
        const { kind, fromSeq, toSeq, count, inApp, pushAt } = telling
        return { conversationId, userId, kind, fromSeq, toSeq, count, listed: inApp, pushed: pushAt !== null }
      }),
    )
    const counts = await unit.notifications.countUnread([
      ...new Set(written.filter(({ listed }) => listed).map(({ userId }) => userId)),
    ])
    await unit.handOvers.store(mine.flatMap((one) => handOvers.get(one) ?? []))
    return { moved, stored: written, unread: counts }
  })
  deps.passing?.('told')
  for (const one of stored) if (one.listed) deps.told?.(tenantId, one, unread.get(one.userId) ?? 0)
  return moved
}
