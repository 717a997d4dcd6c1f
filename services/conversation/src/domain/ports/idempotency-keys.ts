/** A key, of one user for one kind of call. */
export interface KeyRef {
  userId: string
  operation: string
  key: string
}

export interface IdempotencyKeys {
  /** Takes the key, or returns what was stored under it. Waits for a concurrent holder to commit. */
  take(k: KeyRef & { bodyHash: string; result: string }): Promise<{
    taken: boolean
    bodyHash: string
    result: string
  }>
  /** What is stored under the key, if anything. */
  find(k: KeyRef): Promise<{ bodyHash: string; result: string } | null>
  /** What was made under a key that was just taken is something that was there before. */
  settle(k: KeyRef & { result: string }): Promise<void>
}
