import type { AudienceSnapshot, Edge, LiveAudience } from '@parley/contracts'
import { userRoom } from '../io.ts'
import { gatewayActor } from './gateway-actor.ts'
import type { LocalUsers } from './local-users.ts'

/** Large audiences remembered at once; each is at most 500 people. */
const MAX_SNAPSHOTS = 2_000

/**
 * Who of an audience is on this gateway, as rooms. Small audiences are named in the entry; of a large one the envelope says
 * the version, and the people of that version are fetched once.
 */
export interface Audiences {
  /** Rooms of local users in the audience who may see message `aboutSeq` (0: about none). A promise only when it has to ask. */
  roomsOf(
    tenantId: string,
    conversationId: string,
    audience: LiveAudience,
    aboutSeq: number,
  ): string[] | Promise<string[]>
  fromSnapshot(tenantId: string, snapshot: AudienceSnapshot, aboutSeq: number): string[]
  remember(conversationId: string, snapshot: AudienceSnapshot): void
}

export function createAudiences(edge: Edge, users: LocalUsers): Audiences {
  const snapshots = new Map<string, AudienceSnapshot>()
  const asking = new Map<string, Promise<AudienceSnapshot>>()

  const remember = (conversationId: string, snapshot: AudienceSnapshot) => {
    // answers overtake each other
    const known = snapshots.get(conversationId)
    if (known && known.version > snapshot.version) return
    snapshots.delete(conversationId)
    if (snapshots.size >= MAX_SNAPSHOTS) for (const [oldest] of snapshots) if (snapshots.delete(oldest)) break
    snapshots.set(conversationId, snapshot)
  }

  /** What is fetched is at least as new as the version asked for: the entry was told after its commit. */
  const ask = (tenantId: string, conversationId: string, version: number): Promise<AudienceSnapshot> => {
    const key = `${conversationId}:${version}`
    let answer = asking.get(key)
    if (!answer) {
      answer = edge
        .audience(gatewayActor(tenantId), { conversationId })
        .then((snapshot) => {
          remember(conversationId, snapshot)
          return snapshot
        })
        .finally(() => asking.delete(key))
      asking.set(key, answer)
    }
    return answer
  }

  const fromSnapshot = (tenantId: string, { members }: AudienceSnapshot, aboutSeq: number) => {
    const rooms: string[] = []
    for (const { userId, visibleFromSeq } of members) {
      if (aboutSeq > 0 && aboutSeq <= visibleFromSeq) continue
      const room = userRoom(tenantId, userId)
      if (users.has(room)) rooms.push(room)
    }
    return rooms
  }

  const named = (tenantId: string, userIds: readonly string[]) => {
    const rooms: string[] = []
    for (const userId of userIds) {
      const room = userRoom(tenantId, userId)
      if (users.has(room)) rooms.push(room)
    }
    return rooms
  }

  return {
    roomsOf(tenantId, conversationId, { version, userIds }, aboutSeq) {
      const rooms = named(tenantId, userIds)
      if (version === null) return rooms
      const known = snapshots.get(conversationId)
      // A newer one is right too: who has left since may not hear it any more, who has come sees only what is theirs.
      if (known && known.version >= version) return [...rooms, ...fromSnapshot(tenantId, known, aboutSeq)]
      return ask(tenantId, conversationId, version).then((snapshot) => [
        ...rooms,
        ...fromSnapshot(tenantId, snapshot, aboutSeq),
      ])
    },
    fromSnapshot,
    remember,
  }
}
