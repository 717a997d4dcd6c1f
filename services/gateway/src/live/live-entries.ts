import type { LiveEntry, ServerEvent } from '@parley/contracts'
import { userRoom } from '../io.ts'

/** The room of the user whom a `participant_joined` or `participant_left` is about; undefined for any other entry. */
export function subjectOf({ tenantId, event, json }: LiveEntry): string | undefined {
  // The JSON is written by the conversation service, from the same contract.
  if (event === 'participant_left') return userRoom(tenantId, (JSON.parse(json) as ServerEvent<typeof event>).userId)
  if (event === 'participant_joined')
    return userRoom(tenantId, (JSON.parse(json) as ServerEvent<typeof event>).participant.userId)
  return undefined
}
