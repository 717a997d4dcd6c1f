import type { Audience, Concerned, NotificationKind } from '@parley/contracts'
import { markRead, type ReadDeps } from '../in-app/read-notifications.ts'
import { handOversOf } from '../look/hand-overs-of.ts'
import type { LookDeps } from '../look/look.ts'
import type { StoredHappening } from '../ports/happenings.ts'
import type { UnitOfWork } from '../ports/store.ts'
import type { StoredNotification } from '../ports/told.ts'
import type { Telling } from '../rules/decide.ts'
import { decideHappening } from '../rules/decide-happening.ts'
import { workerOf } from '../worker.ts'

export interface TellDeps extends Omit<LookDeps, 'audience' | 'wrote'> {
  audience: Pick<Audience, 'concernedBy'>
}

/** So many pages of people are told in one turn; then it is another's. */
const PAGES = 10

/**
 * Tells those whom something concerns, each once: what stands in their lists, what is to be handed over and how far everybody was told is one
 * commit. Whoever dies before it has done nothing, and of two who do it at once one finds it done.
 */
export async function tellHappening(
  deps: TellDeps,
  tenantId: string,
  id: string,
): Promise<{ againMs: number } | undefined> {
  for (let page = 0; page < PAGES; page++) {
    const happening = await deps.store.transaction(tenantId, ({ happenings }) => happenings.find(id))
    if (!happening) return undefined
    await (happening.kind === 'decided' ? withdrawReports : tellPage)(deps, tenantId, happening)
  }
  return { againMs: 0 }
}

function ask({ audience }: TellDeps, tenantId: string, { id: _id, at: _at, toldTo, ...happened }: StoredHappening) {
  return audience.concernedBy(workerOf(tenantId), { happened, after: toldTo })
}

async function tellPage(deps: TellDeps, tenantId: string, happening: StoredHappening): Promise<void> {
  const { id, kind, at, toldTo } = happening
  const { concerned: all, next } = await ask(deps, tenantId, happening)
  const conversationId = kind === 'added' || kind === 'context' ? happening.aboutId : null
  const concerned = await withoutLookers(deps, tenantId, conversationId, all)
  const decided = await decideAll(deps, tenantId, kind as NotificationKind, conversationId, at, concerned)
  const { targetsOf, now = () => new Date() } = deps
  const handOvers = await handOversOf(targetsOf, tenantId, decided, now())
  deps.passing?.('decided')
  const { stored, unread } = await deps.store.transaction(tenantId, async (unit) => {
    const isMine = await unit.happenings.advance(id, toldTo, next)
    const written = isMine ? await write(unit, conversationId, decided) : []
    const counts = await unit.notifications.countUnread(
      written.filter(({ listed }) => listed).map(({ userId }) => userId),
    )
    if (isMine) await unit.handOvers.store([...handOvers.values()].flat())
    return { stored: written, unread: counts }
  })
  deps.passing?.('told')
  for (const one of stored) if (one.listed) deps.told?.(tenantId, one, unread.get(one.userId) ?? 0)
}

/** Whoever looks at the conversation sees what has become of it. */
async function withoutLookers(
  { areLooking }: TellDeps,
  tenantId: string,
  conversationId: string | null,
  concerned: readonly Concerned[],
): Promise<readonly Concerned[]> {
  if (conversationId === null || !areLooking || concerned.length === 0) return concerned
  const looking = await areLooking(
    tenantId,
    concerned.map(({ userId }) => ({ conversationId, userId })),
  )
  return concerned.filter((_, i) => !looking[i])
}

interface Decided {
  conversationId: string | null
  recipient: Concerned
  verdict: { telling: Telling | null }
}

async function decideAll(
  { preferencesOf, now = () => new Date() }: TellDeps,
  tenantId: string,
  kind: NotificationKind,
  conversationId: string | null,
  at: string,
  concerned: readonly Concerned[],
): Promise<Decided[]> {
  if (concerned.length === 0) return []
  const wishes = await preferencesOf(
    tenantId,
    concerned.map(({ userId, email }) => ({ conversationId, userId, email })),
  )
  return concerned.map((recipient, i) => ({
    ...{ conversationId, recipient },
    verdict: { telling: decideHappening(recipient, { kind, at }, wishes[i]!, now()) },
  }))
}

function write(
  { notifications, announcements }: UnitOfWork,
  conversationId: string | null,
  decided: readonly Decided[],
): Promise<StoredNotification[]> {
  const news = decided.flatMap(({ recipient: { userId }, verdict: { telling } }) => {
    if (!telling) return []
    const { kind, fromSeq, toSeq, count, inApp, pushAt } = telling
    return { userId, kind, fromSeq, toSeq, count, listed: inApp, pushed: pushAt !== null }
  })
  if (conversationId === null) return announcements.announce(news)
  return notifications.tell(news.map((one) => ({ ...one, conversationId })))
}

/** A report was decided: where none waits any more, who was told of some has nothing to look at. */
async function withdrawReports(deps: TellDeps & ReadDeps, tenantId: string, happening: StoredHappening): Promise<void> {
  const { waiting } = await ask(deps, tenantId, happening)
  const moderators =
    waiting > 0 ? [] : await deps.store.transaction(tenantId, ({ announcements }) => announcements.unreadOf('report'))
  for (const userId of moderators)
    await markRead(deps, tenantId, userId, ({ announcements }) => announcements.readKind(userId, 'report'))
  await deps.store.transaction(tenantId, ({ happenings }) => happenings.advance(happening.id, happening.toldTo, null))
}
