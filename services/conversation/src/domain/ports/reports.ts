import type { Report, ReportCase, ReportReason, ReportStatus } from '@parley/contracts'

/** What was reported, as it was then. */
export interface ReportSnapshot {
  /** Of a message. */
  content?: string
  payload?: object | null
  attachmentNames?: string[]
  /** Of a user, or a message's sender. */
  name?: string | null
  avatarUrl?: string | null
  /** Of a conversation. */
  title?: string | null
  pictureUrl?: string | null
}

export interface NewReport {
  id: string
  reporterId: string
  messageId: string | null
  conversationId: string | null
  userId: string | null
  reason: ReportReason
  note: string | null
  snapshot: ReportSnapshot
}

export interface Reports {
  /**
   * Opens a report, or counts up the open one of the same reporter about the same: that takes the later reason, and the later
   * note if there is one, and keeps its snapshot.
   */
  open(report: NewReport): Promise<{ report: Report; created: boolean }>
  find(id: string): Promise<Report | null>
  /** The oldest first, from behind `after` on. */
  list(filter: { status?: ReportStatus | undefined; after?: string | undefined; limit: number }): Promise<ReportCase[]>
  /** How many are open, counted up to 100. */
  countOpen(): Promise<number>
  /** Null when it has been decided before. Its snapshot is kept for so many seconds; null: for ever. */
  decide(
    id: string,
    decision: { status: ReportStatus; resolution: string | null; decidedBy: string; keepSeconds: number | null },
  ): Promise<ReportCase | null>
  /** Keeps the snapshots for so many seconds after the decision of those that were decided without a word on how long. */
  dateUndated(keepSeconds: number | null): Promise<void>
}
