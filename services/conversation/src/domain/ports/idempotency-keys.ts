export interface IdempotencyKeys {
  /** Takes the key, or returns what was stored under it. Waits for a concurrent holder to commit. */
  take(k: { userId: string; operation: string; key: string; bodyHash: string; result: string }): Promise<{
    taken: boolean
    bodyHash: string
    result: string
  }>
  /** What is stored under the key, if anything. */
  find(k: { userId: string; operation: string; key: string }): Promise<{ bodyHash: string; result: string } | null>
}
