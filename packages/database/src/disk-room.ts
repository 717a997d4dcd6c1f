import { diskFull } from './database-errors.ts'

/** So long a disk that was full is called so after the last that was refused for it, milliseconds. */
const REMEMBERED_MS = 10_000

/** Whether the database has room, as far as is known. */
export interface DiskRoom {
  full(): void
  /** Something was written. */
  wrote(): void
  /** Throws `unavailable`, with the code DISK_FULL for `/readyz`, while there is none. */
  check(): void
}

/** Remembers whether there was room, and tells when that changes. */
export function rememberRoom(onDiskFull: (isFull: boolean) => void): DiskRoom {
  let since: number | undefined
  return {
    full() {
      if (since === undefined) onDiskFull(true)
      since = performance.now()
    },
    wrote() {
      if (since === undefined) return
      since = undefined
      onDiskFull(false)
    },
    check() {
      if (since !== undefined && performance.now() - since < REMEMBERED_MS)
        throw Object.assign(new Error(diskFull().message), { code: 'DISK_FULL' })
    },
  }
}
