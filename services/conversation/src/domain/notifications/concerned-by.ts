import { type Audience, type Happened, MAX_RECIPIENTS } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import type { Reachable } from '../ports/users.ts'

type Page = Awaited<ReturnType<Audience['concernedBy']>>

/** Who is told of something that is no message, a page at a time. */
export async function concernedBy(
  { store, policies }: Pick<Deps, 'store' | 'policies'>,
  tenantId: string,
  happened: Happened,
  after: string | null,
): Promise<Page> {
  const { kind, aboutId, seq } = happened
  if (kind === 'added' || kind === 'context')
    return { ...(await store.audience.concerned(tenantId, happened, after, MAX_RECIPIENTS)), waiting: 0 }
  const { roles } = await policies.of(tenantId)
  return store.snapshot(tenantId, async ({ broadcasts, reports, users }) => {
    const everybody = { after, limit: MAX_RECIPIENTS }
    if (kind === 'broadcast') {
      const [sent] = await broadcasts.between(seq, seq, 1)
      return pageOf(sent ? await users.reachable({ ...everybody, roles: null }) : [], seq, sent?.senderId)
    }
    const waiting = await reports.countOpen()
    const report = kind === 'report' ? await reports.find(aboutId) : null
    if (report?.status !== 'open') return { ...pageOf([], 0), waiting }
    const moderators = await users.reachable({ ...everybody, roles: roles.admin })
    return { ...pageOf(moderators, 0, report.reporterId), waiting }
  })
}

/** Without whoever did it. */
function pageOf(people: readonly Reachable[], seq: number, byId?: string): Page {
  return {
    concerned: people
      .filter(({ userId }) => userId !== byId)
      .map(({ userId, name, locale, email }) => ({ userId, name, locale, email, mutedUntil: null, seq })),
    next: people.length === MAX_RECIPIENTS ? people.at(-1)!.userId : null,
    waiting: 0,
  }
}
