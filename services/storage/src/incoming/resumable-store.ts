import type { DataStore, Upload } from '@tus/server'

/** Unfinished ones end so long after they were begun, and with them what is known of finished ones. */
export const RESUMABLE_MS = 24 * 3_600_000
export const SWEEP_EVERY_MS = 10 * 60_000

/** All bytes of an upload, as a file on the local disk for as long as this is held. */
export interface WholeFile extends AsyncDisposable {
  path: string
  sha256: string
}

/** Where resumable uploads wait for the rest of them. Ids begin with whose they are. */
export interface ResumableStore extends DataStore {
  start(onError: (err: unknown) => void): Promise<void>
  close(): void
  /** Of one whose last bytes have come; undefined where it has become an attachment before, or is not there. */
  whole(id: string): Promise<WholeFile | undefined>
  /** It has become an attachment: its bytes go, and what is known of it stays for whoever did not hear so. */
  finish(id: string): Promise<void>
  /** Forgets it altogether. */
  forget(id: string): Promise<void>
  /** The unfinished ones whose ids begin so. */
  unfinished(owner: string): Promise<Upload[]>
  /** Removes all that has not changed for so long. */
  sweep(olderThanMs: number): Promise<void>
}
