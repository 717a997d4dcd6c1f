import type { BroadcastMessage } from '@parley/contracts'

export interface Broadcasts {
  /** Returns when it was sent. */
  insert(broadcast: {
    id: string
    sentBy: string
    title: string | null
    content: string
    link: string | null
  }): Promise<string>
  /** Those that are still read, the newest first, from before `before` on: a number that each is found with. */
  list(before: number | undefined, limit: number): Promise<{ number: number; message: BroadcastMessage }[]>
}
