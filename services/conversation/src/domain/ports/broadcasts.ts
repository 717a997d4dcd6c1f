import type { BroadcastMessage, UserProfile } from '@parley/contracts'

/** A broadcast together with who sent it. */
export interface SentBroadcast {
  number: number
  senderId: string
  sender: UserProfile
  message: BroadcastMessage
}

export interface Broadcasts {
  /** Returns when it was sent. Whoever tells people of what happens finds it. */
  insert(broadcast: {
    id: string
    sentBy: string
    title: string | null
    content: string
    link: string | null
  }): Promise<string>
  /** The newest of those that have these numbers and are still read, the eldest first. */
  between(from: number, to: number, limit: number): Promise<SentBroadcast[]>
  /** Those that are still read, the newest first, from before `before` on: a number that each is found with. */
  list(before: number | undefined, limit: number): Promise<{ number: number; message: BroadcastMessage }[]>
}
