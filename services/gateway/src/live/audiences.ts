import type { AudienceSnapshot, Edge, LiveAudience } from '@parley/contracts'
import { LRUCache } from 'lru-cache'
import { userRoom } from '../io.ts'
import { gatewayActor } from './gateway-actor.ts'
import type { LocalUsers } from './local-users.ts'

/** Large audiences remembered at once; each is at most 500 people. */
const MAX_SNAPSHOTS = 2_000

/**
 * Who of an audience is on this gateway, as rooms. Small audiences are named in the entry; of a large one the envelope says
 * the version, and the people of that version are fetched once.
 */
export class Audiences {
  readonly #edge: Edge
  readonly #users: LocalUsers
  readonly #snapshots = new LRUCache<string, AudienceSnapshot>({ max: MAX_SNAPSHOTS })
  /**
   * By conversation and version. The cache's own `fetch` is keyed by conversation alone: whoever needs a version would join
   * a request that was made before there was that version.
   */
  readonly #requests = new Map<string, Promise<AudienceSnapshot>>()

  constructor(edge: Edge, users: LocalUsers) {
    this.#edge = edge
    this.#users = users
  }

  /** Rooms of local users in the audience who may see message `aboutSeq` (0: about none). A promise only when it has to ask. */
  roomsOf(
    tenantId: string,
    conversationId: string,
    { version, userIds }: LiveAudience,
    aboutSeq: number,
  ): string[] | Promise<string[]> {
    const named = this.#localRooms(tenantId, userIds)
    if (version === null) return named
    const withMembers = (snapshot: AudienceSnapshot) => [...named, ...this.fromSnapshot(tenantId, snapshot, aboutSeq)]
    const known = this.#snapshots.get(conversationId)
    // A newer one is right too: who has left since may not hear it any more, who has come sees only what is theirs.
    if (known && known.version >= version) return withMembers(known)
    return this.#fetch(tenantId, conversationId, version).then(withMembers)
  }

  /** Rooms of local users in the snapshot who may see message `aboutSeq`; 0: of all of them. */
  fromSnapshot(tenantId: string, { members }: AudienceSnapshot, aboutSeq: number): string[] {
    const rooms: string[] = []
    for (const { userId, visibleFromSeq } of members) {
      if (aboutSeq > 0 && aboutSeq <= visibleFromSeq) continue
      const room = userRoom(tenantId, userId)
      if (this.#users.reaches(room)) rooms.push(room)
    }
    return rooms
  }

  remember(conversationId: string, snapshot: AudienceSnapshot): void {
    // answers overtake each other
    const known = this.#snapshots.get(conversationId)
    if (known && known.version > snapshot.version) return
    this.#snapshots.set(conversationId, snapshot)
  }

  /** What is fetched is at least as new as the version asked for: the entry was published after its commit. */
  #fetch(tenantId: string, conversationId: string, version: number): Promise<AudienceSnapshot> {
    const key = `${conversationId}:${version}`
    let answer = this.#requests.get(key)
    if (!answer) {
      answer = this.#edge
        .audience(gatewayActor(tenantId), { conversationId })
        .then((snapshot) => {
          this.remember(conversationId, snapshot)
          return snapshot
        })
        .finally(() => this.#requests.delete(key))
      this.#requests.set(key, answer)
    }
    return answer
  }

  #localRooms(tenantId: string, userIds: readonly string[]): string[] {
    const rooms: string[] = []
    for (const userId of userIds) {
      const room = userRoom(tenantId, userId)
      if (this.#users.reaches(room)) rooms.push(room)
    }
    return rooms
  }
}
