import type { Actor, Authority, ErrorCode } from '@parley/contracts'
import type { Store } from './ports/store.ts'
import type { Inspect, ObjectStore, PreviewOf, VirusScanner } from './ports.ts'

/** What the use-cases are made of. */
export interface Deps {
  store: Store
  objects: ObjectStore
  inspect: Inspect
  /** Undefined: nobody looks for viruses. */
  scanner?: VirusScanner | undefined
  /** Undefined: no cards are made of links. */
  previewOf?: PreviewOf | undefined
  /** Who is in what and what the rules are: the conversation service knows. */
  authority: Authority
  newId: () => string
  /** Passed between two steps. */
  passing?: (moment: 'put') => void
  /** Told of what was done, to be counted. */
  tally?: Tally | undefined
}

/** What the collector takes. */
export type Collected = 'attachment' | 'picture' | 'object'
/** `failed`: the scanner could not say, and is asked again. */
export type ScanResult = 'clean' | 'infected' | 'failed'

/** Counts what is done. */
export interface Tally {
  /** A file was kept. */
  uploaded(bytes: number): void
  /** A file was not. */
  refused(code: ErrorCode): void
  scanned(result: ScanResult): void
  collected(what: Collected, count: number): void
}

/** An upload that nobody has sent is kept so long, milliseconds. */
export const UNSENT_MS = 24 * 3_600_000
/** What became of a message is asked so long after something was claimed for it. */
export const UNCONFIRMED_MS = 10 * 60_000
/** A message with which something was claimed is under way so long: nobody else gets what it claimed. */
export const UNDER_WAY_MS = 30_000
/** Whoever puts bytes refers to them within so long. */
export const INTENT_MS = 3_600_000

/** The service itself, as it asks the conversation service. */
export const serviceOf = (tenantId: string): Actor => ({
  tenantId,
  userId: 'storage',
  role: 'service',
  hostRole: null,
  name: null,
  avatarUrl: null,
})
