import { createDirectConversations, type DirectConversations } from './conversations/direct-conversations.ts'
import type { Store } from './ports.ts'

/** What a process gives the use-cases. */
export interface World {
  store: Store
  /** UUIDv7, so that ids sort by time. */
  newId: () => string
}

/** What the use-cases share. */
export interface Deps extends World {
  directs: DirectConversations
}

export function createDeps(world: World): Deps {
  return { ...world, directs: createDirectConversations(world.store, world.newId) }
}
