import { type CommandContext, misused, onDatabase, replayEvents } from '@parley/database'
import { conversationOwner } from './store/owner.ts'

/** `npm run replay -- --since <time>`: tells the event stream everything since then again. Returns the exit code. */
export async function replayCommand(args: string[], context: CommandContext): Promise<number> {
  const [flag, time, ...more] = args
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(time ?? '')
  const since = new Date(isTime ? time! : Number.NaN)
  if (flag !== '--since' || more.length > 0 || Number.isNaN(since.getTime()))
    return misused(context, 'npm run replay -- --since 2026-11-01T00:00:00Z')
  return onDatabase(context, async (open) => {
    await using database = open(conversationOwner)
    const entries = await replayEvents(database, since)
    return `Queued ${entries} entries since ${since.toISOString()}; running conversation services publish them within seconds`
  })
}
