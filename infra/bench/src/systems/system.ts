import type { Measured } from '../cpu.ts'
import type { FilesPlace } from '../load/files.ts'
import type { Seat } from '../load/jobs.ts'

export const SYSTEMS = ['parley', 'pods', 'one-process', 'echo', 'plain'] as const
export type SystemName = (typeof SYSTEMS)[number]

export interface Talk {
  id: string
  members: Seat[]
}

/** Something that messages are sent through: Parley, as a cluster or as one process, or a server that it is compared with. */
export interface System extends AsyncDisposable {
  readonly name: SystemName
  /** Every server process; the proxy and the load are none. */
  readonly processes: readonly Measured[]
  /** The name of the processes that hold the sockets. */
  readonly edge: string
  /** New conversations of new users, each with a seat at a server; neighbours sit at different gateways. */
  createConversations(count: number, size: number): Promise<Talk[]>
  /** Absent where nothing is stored. */
  readonly storage?: Storage
  /** Where files are uploaded, through one process. Absent where there is nowhere. */
  files?(): Promise<FilesPlace & { process: Measured; makesPictures: boolean }>
}

/** People who are not there. */
export interface AwayPeople extends AsyncDisposable {
  /** How often each of them was reached, by their number. */
  readonly reached: ReadonlyMap<number, number>
  /** Says something to all of them. */
  tellAll(): Promise<void>
}

/** Where somebody asks for words. */
export interface SearchPlace {
  /** How many conversations they are in. */
  conversations: number
  urls: string[]
  headers: Record<string, string>
}

export interface Storage {
  /** How a client asks for what it missed. */
  readonly catchUp: 'cursor' | 'after'
  /** Messages of the first member of each, one after the other. */
  write(talks: readonly Talk[], each: number): Promise<void>
  /** Rows of these conversations, and how many different (conversation, seq) they have. */
  stored(talks: readonly Talk[]): Promise<{ rows: number; distinct: number }>
  /** A conversation with so many messages in a table of `total`, and where its latest 50 are to be had. */
  fill(options: { inConversation: number; total: number }): Promise<{ urls: string[]; headers: Record<string, string> }>
  /** Somebody with so many conversations, active one after the other for three months, and where their list is to be had. */
  fillList?(conversations: number): Promise<{ urls: string[]; headers: Record<string, string> }>
  /**
   * So many messages, in conversations of 50, with their words found; and where each of several people, who are in few or in many of
   * them, finds common words and rare ones.
   */
  fillSearch?(messages: number): Promise<SearchPlace[]>
  /** So many people with a browser that pushes reach. Absent where nobody is told while they are away. */
  fillAway?(count: number): Promise<AwayPeople>
  /** Events that the stream has taken so far, and outbox entries that it has not acknowledged; absent without a stream. */
  events?(): Promise<{ taken: number; waiting: number }>
}
