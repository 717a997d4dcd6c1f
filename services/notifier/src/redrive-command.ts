import { type CommandContext, misused, onDatabase } from '@parley/database'
import { redrive, redriveEventsOf } from './domain/dead-letters/dead-letters.ts'
import { notifierOwner } from './store/owner.ts'
import { createStore, type NotifierStore } from './store/store.ts'

const FLAGS = ['--tenant', '--channel'] as const
/** What stands for events among the channels. */
const EVENTS = 'events'
/** As many of each kind of a tenant are listed, the newest. */
const LISTED = 100

/**
 * `npm run redrive -- [--tenant <id>] [--channel <name>|events] [--list]`: has what no receiver took handed over again, and events handled
 * again that could not be, of every tenant or of one; or says what there is. Returns the exit code.
 */
export async function redriveCommand(args: string[], context: CommandContext): Promise<number> {
  const said = new Map<string, string>()
  const pairs = args.filter((arg) => arg !== '--list')
  const lists = pairs.length < args.length
  for (let i = 0; i < pairs.length; i += 2) said.set(pairs[i]!, pairs[i + 1] ?? '')
  const isRight = [...said].every(([flag, value]) => FLAGS.includes(flag as (typeof FLAGS)[number]) && value !== '')
  if (!isRight) return misused(context, 'npm run redrive -- --tenant default --channel web_push [--list]')
  const [tenant, channel] = FLAGS.map((flag) => said.get(flag))
  return onDatabase(context, async (open) => {
    await using database = open(notifierOwner)
    const store = createStore({ database })
    const tenants = tenant === undefined ? await store.tenantsWithDeadLetters() : [tenant]
    if (lists) {
      const lines: string[] = []
      for (const id of tenants) lines.push(...(await linesOf(store, id, channel)))
      return lines.length > 0 ? lines.join('\n') : 'There is nothing'
    }
    const [handOvers, events] = [channel !== EVENTS, channel === undefined || channel === EVENTS]
    const of = channel === undefined ? {} : { channel }
    const count = { notifications: 0, events: 0 }
    for (const id of tenants) {
      if (handOvers) count.notifications += await untilDone(() => redrive(store, id, of))
      if (events) count.events += await untilDone(() => redriveEventsOf(store, id))
    }
    return `${count.notifications} notifications are handed over again, ${count.events} events are handled again; running notification workers do it within seconds`
  })
}

async function untilDone(part: () => Promise<{ redriven: number; hasMore: boolean }>): Promise<number> {
  let count = 0
  for (let hasMore = true; hasMore; ) {
    const done = await part()
    count += done.redriven
    hasMore = done.hasMore
  }
  return count
}

/** What there is of a tenant, a line each. */
async function linesOf(store: NotifierStore, tenantId: string, channel: string | undefined): Promise<string[]> {
  const { letters, events } = await store.transaction(tenantId, async ({ handOvers, deadEvents }) => ({
    letters:
      channel === EVENTS
        ? []
        : await handOvers.deadLetters({ limit: LISTED, ...(channel !== undefined && { channel }) }),
    events: channel === undefined || channel === EVENTS ? await deadEvents.list({ limit: LISTED }) : [],
  }))
  return [
    ...letters.map(({ id, channel, userId, state, settledAt, reason }) =>
      [tenantId, channel, id, `to ${userId}`, state, settledAt, reason ?? ''].join('  '),
    ),
    ...events.map(({ id, eventId, subject, sequence, state, failedAt, error }) =>
      [tenantId, EVENTS, id, `${subject} ${eventId} (sequence ${sequence ?? 'unknown'})`, state, failedAt, error].join(
        '  ',
      ),
    ),
  ]
}
