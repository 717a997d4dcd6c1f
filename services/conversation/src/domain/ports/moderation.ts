import type { AuditEntry, Block } from '@parley/contracts'

export interface Blocks {
  add(blockerId: string, blockedId: string): Promise<void>
  remove(blockerId: string, blockedId: string): Promise<void>
  has(blockerId: string, blockedId: string): Promise<boolean>
  /** Whether one of them has blocked the other. */
  between(oneId: string, otherId: string): Promise<boolean>
  /** Whether there is a block, either way, between one and any of the others. */
  amongOthers(oneId: string, otherIds: readonly string[]): Promise<boolean>
  /** The same of each pair. */
  betweenEach(pairs: readonly (readonly [string, string])[]): Promise<boolean[]>
  /** By user id, from behind `after` on. */
  list(blockerId: string, after: string | null, limit: number): Promise<Block[]>
}

export interface Audit {
  write(entry: {
    actorId: string
    actorRole: string
    action: string
    target: string | null
    details: object
    ip: string | null
    /** The same line within this many seconds is enough, where it is among the last that were written. */
    onceIn?: number
  }): Promise<void>
  list(filter: {
    actorId?: string | undefined
    action?: string | undefined
    target?: string | undefined
    before?: string | undefined
    limit: number
  }): Promise<AuditEntry[]>
}
