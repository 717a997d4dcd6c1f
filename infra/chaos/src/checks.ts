import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Client } from './client.ts'
import { readHistory } from './history.ts'
import { checkShown, type Shown, type Violation } from './model.ts'
import type { Talk } from './talks.ts'

/** What each user may see, by user and conversation; undefined: they are not in it. */
export type Views = Map<string, Map<string, Shown[] | undefined>>

/** Reads every conversation as everybody sees it who ever was in it, a few at a time. */
export async function readViews(
  url: string,
  tokens: ReadonlyMap<string, string>,
  talks: readonly Talk[],
): Promise<Views> {
  const views: Views = new Map([...tokens.keys()].map((userId) => [userId, new Map()]))
  const wanted = talks.flatMap(({ id, owner, steady, guests }) =>
    [owner, ...steady, ...guests].map((userId) => ({ id, userId })),
  )
  const readers = Array.from({ length: 4 }, async () => {
    for (let next = wanted.pop(); next; next = wanted.pop()) {
      views.get(next.userId)!.set(next.id, await readHistory(url, tokens.get(next.userId)!, next.id))
    }
  })
  await Promise.all(readers)
  return views
}

/** How what the clients show differs from the views. */
function compareScreens(clients: readonly Client[], views: Views): Violation[] {
  return clients.flatMap((client) => {
    const view = views.get(client.userId)!
    const ids = new Set([...client.conversationIds(), ...view.keys()])
    return [...ids].flatMap((id) => checkShown(client.name, id, client.shown(id), view.get(id)))
  })
}

const CONVERGE_WITHIN_MS = 25_000

/**
 * Waits until every client shows what it should. Resolves with how long after `quietAt` the last of them changed, and
 * with what is still wrong after five times the promised five seconds.
 */
export async function untilConverged(
  clients: readonly Client[],
  views: Views,
  quietAt: number,
): Promise<{ convergedMs: number; violations: Violation[] }> {
  while (true) {
    const violations = compareScreens(clients, views)
    const isDone = violations.length === 0 && clients.every((client) => client.connected)
    if (isDone || Date.now() > quietAt + CONVERGE_WITHIN_MS) {
      const changedAt = Math.max(...clients.map((client) => client.changedAt))
      return { convergedMs: Math.max(0, changedAt - quietAt), violations }
    }
    await sleep(100)
  }
}

const OUTBOX_WITHIN_MS = 30_000

/** Every event must reach the stream sooner or later: how many still wait when it does not. */
export async function untilOutboxEmpty(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  try {
    for (const deadline = Date.now() + OUTBOX_WITHIN_MS; ; await sleep(250)) {
      const { rows } = await client.query<{ waiting: number }>('SELECT count(*)::int AS waiting FROM outbox')
      const waiting = rows[0]?.waiting ?? 0
      if (waiting === 0 || Date.now() > deadline) return waiting
    }
  } finally {
    await client.end()
  }
}
