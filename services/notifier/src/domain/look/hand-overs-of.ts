import type { NewHandOver } from '../ports/hand-overs.ts'
import type { Reached } from '../ports/preferences.ts'
import type { Target, TargetsOf } from '../ports/targets.ts'
import type { Telling } from '../rules/decide.ts'

/** Somebody about whom it was decided, and of which conversation; null: of none. */
interface Decided {
  conversationId: string | null
  recipient: Reached
  verdict: { telling: Telling | null }
}

/** What is to be handed over of each. What is due by now is so as soon as it is stored, whatever the clock here shows. */
export async function handOversOf<One extends Decided>(
  targetsOf: TargetsOf,
  tenantId: string,
  decided: readonly One[],
  now: Date,
): Promise<Map<One, NewHandOver[]>> {
  const ways = { push: 'pushAt', email: 'emailAt' } as const satisfies Record<string, keyof Telling>
  const found = new Map<One, NewHandOver[]>()
  for (const way of ['push', 'email'] as const) {
    const concerned = decided.flatMap((one) => {
      const { telling } = one.verdict
      const dueAt = telling?.[ways[way]]
      return telling && dueAt ? { one, telling, dueAt } : []
    })
    if (concerned.length === 0) continue
    const people = new Map(concerned.map(({ one: { recipient } }) => [recipient.userId, recipient]))
    const targets = await targetsOf(tenantId, way, [...people.values()])
    for (const { one, telling, dueAt } of concerned) {
      const { userId } = one.recipient
      const wanted = (targets.get(userId) ?? []).map((target) =>
        toHandOver(userId, one.conversationId, telling, target, dueAt > now ? dueAt : undefined),
      )
      found.set(one, [...(found.get(one) ?? []), ...wanted])
    }
  }
  return found
}

function toHandOver(
  userId: string,
  conversationId: string | null,
  { kind, fromSeq, toSeq, eventAt }: Telling,
  target: Target,
  dueAt: Date | undefined,
): NewHandOver {
  // of what is of no conversation one of each kind waits
  const collapseKey = conversationId ?? kind
  const same = { ...target, userId, conversationId, collapseKey, kind, fromSeq, toSeq, eventAt }
  return dueAt ? { ...same, dueAt: dueAt.toISOString() } : same
}
