export interface CannedReplyRecord {
  shortcut: string
  /** Null: one of the tenant's. */
  ownerId: string | null
  text: string
  /** Of the tenant's: whose roles may use it; null: everybody. */
  roles: string[] | null
  updatedAt: string
}

/** A place in the order of shortcuts, where an own one comes before the tenant's. */
export interface CannedPlace {
  shortcut: string
  own: boolean
}

export interface CannedReplies {
  /** Those of the tenant. */
  listOfTenant(after: CannedPlace | undefined, limit: number): Promise<CannedReplyRecord[]>
  /** Those of the user, and those of the tenant for that role, or for any. `query` is in lower case. */
  listFor(
    user: { userId: string; role: string | null; anyRole: boolean },
    options: { query: string | undefined; after: CannedPlace | undefined; limit: number },
  ): Promise<CannedReplyRecord[]>
  /** Null when it would be one more than the owner may have. */
  put(reply: Omit<CannedReplyRecord, 'updatedAt'>, max: number): Promise<CannedReplyRecord | null>
  /** False when there was none. */
  delete(ownerId: string | null, shortcut: string): Promise<boolean>
}
