import type { Count, Reading } from '@parley/runtime'
import type { Tally } from './domain/deps.ts'

/** Counts what the service does. */
export interface StorageMeter extends Tally {
  downloaded(bytes: number): void
}

export interface MeterOptions {
  /** Shows what can be measured when somebody looks. */
  show?: ((reading: Reading) => void) | undefined
  /** Shows what is counted. */
  count?: ((count: Count) => (by: number, ...labels: string[]) => void) | undefined
  incomingBytes: () => number
  pendingScans: () => Promise<number>
}

export function createMeter({ show, count = () => () => {}, incomingBytes, pendingScans }: MeterOptions): StorageMeter {
  show?.({
    name: 'parley_storage_incoming_bytes',
    help: 'Bytes of files on their way in, on the local disk',
    read: async () => incomingBytes(),
  })
  show?.({
    name: 'parley_storage_pending_scans',
    help: 'Files that wait for the virus scanner',
    read: pendingScans,
  })
  const uploads = count({ name: 'parley_storage_uploads_total', help: 'Files that were kept' })
  const uploadBytes = count({ name: 'parley_storage_upload_bytes_total', help: 'Bytes of the files that were kept' })
  const downloadBytes = count({ name: 'parley_storage_download_bytes_total', help: 'Bytes that were handed out' })
  const refusals = count({
    name: 'parley_storage_refusals_total',
    help: 'Uploads that were refused, by the code that their senders were told',
    label: 'code',
  })
  const scans = count({
    name: 'parley_storage_scans_total',
    help: 'Files that the virus scanner looked at, by what it said',
    label: 'result',
  })
  const collections = count({
    name: 'parley_storage_collected_total',
    help: 'What the collector took: attachments that nobody sent, pictures that nobody has, objects that nothing refers to',
    label: 'what',
  })
  return {
    uploaded(bytes) {
      uploads(1)
      uploadBytes(bytes)
    },
    refused: (code) => refusals(1, code),
    scanned: (result) => scans(1, result),
    downloaded: (bytes) => downloadBytes(bytes),
    collected: (what, by) => collections(by, what),
  }
}
