import type { Report, ReportCase, ReportedMessage } from '@parley/contracts'
import type { Tx } from '@parley/database'
import { and, asc, eq, getTableColumns, inArray, isNotNull, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { NewReport, ReportSnapshot, Reports } from '../../domain/ports/reports.ts'
import { messages, reports } from '../tables/tables.ts'
import { arrayOf } from './arrays.ts'
import { conversationNames } from './conversation-names.ts'
import { isoTimeOrNull } from './iso-time.ts'
import { recordAnnouncement } from './record-announcement.ts'
import { profilesOf } from './users.ts'

const { snapshotUntil, ...columns } = getTableColumns(reports)

/** A report's row; what is kept no longer is not read, whether or not it has been let go of already. */
const reportRow = {
  ...columns,
  snapshot:
    sql<ReportSnapshot | null>`case when ${snapshotUntil} <= clock_timestamp() then null else ${columns.snapshot} end`
      .mapWith(columns.snapshot)
      .as('kept'),
}
type ReportRow = Omit<typeof reports.$inferSelect, 'snapshotUntil'>

/** For ever is written down too: a replica of the former release, which knows of no such time, writes down nothing. */
const keptUntil = (decidedAt: SQL, keepSeconds: number | null) =>
  keepSeconds === null ? sql`'infinity'::timestamptz` : sql`${decidedAt} + ${keepSeconds} * interval '1 second'`

/** Open reports are counted no further. */
const MAX_COUNTED = 100

/** The one place where a row becomes a report. */
function toReport(row: ReportRow): Report {
  return {
    id: row.id,
    reporterId: row.reporterId,
    messageId: row.messageId,
    conversationId: row.conversationId,
    userId: row.userId,
    reason: row.reason,
    note: row.note,
    status: row.status,
    resolution: row.resolution,
    resolvedBy: row.resolvedBy,
    resolvedAt: isoTimeOrNull(row.resolvedAt),
    createdAt: row.createdAt.toISOString(),
  }
}

/** What a report is of, in a word that is the same for all reports of it. */
function subjectOf({ messageId, conversationId, userId }: NewReport): string {
  if (messageId !== null) return `message ${messageId}`
  return conversationId !== null ? `conversation ${conversationId}` : `user ${userId}`
}

export function reportStore(tx: Tx, tenantId: string): Reports {
  const one = (id: string) => and(eq(reports.tenantId, tenantId), eq(reports.id, id))
  return {
    async open(report) {
      const [row] = await tx
        .insert(reports)
        .values({ ...report, tenantId, subject: subjectOf(report), lastReportedAt: sql`clock_timestamp()` })
        .onConflictDoUpdate({
          target: [reports.tenantId, reports.subject, reports.reporterId],
          targetWhere: sql`status = 'open'`,
          set: {
            count: sql`${reports.count} + 1`,
            reason: sql`excluded.reason`,
            note: sql`coalesce(excluded.note, ${reports.note})`,
            lastReportedAt: sql`excluded.last_reported_at`,
          },
        })
        .returning()
      const created = row!.id === report.id
      if (created) await recordAnnouncement(tx, 'report.opened', report.id)
      return { report: toReport(row!), created }
    },
    async find(id) {
      const [row] = await tx.select().from(reports).where(one(id))
      return row ? toReport(row) : null
    },
    async list({ status, after, limit }) {
      const rows = await tx
        .select(reportRow)
        .from(reports)
        .where(
          and(
            eq(reports.tenantId, tenantId),
            status && eq(reports.status, status),
            after === undefined ? undefined : sql`${reports.id} > ${after}::uuid`,
          ),
        )
        .orderBy(asc(reports.id))
        .limit(limit)
      return casesOf(tx, tenantId, rows)
    },
    async countOpen() {
      const { rows } = (await tx.execute(sql`select count_open_reports(${MAX_COUNTED}) as open`)) as unknown as {
        rows: { open: number }[]
      }
      return rows[0]!.open
    },
    async decide(id, { status, resolution, decidedBy, keepSeconds }) {
      const [row] = await tx
        .update(reports)
        .set({
          status,
          resolution,
          resolvedBy: decidedBy,
          resolvedAt: sql`clock_timestamp()`,
          snapshotUntil: keptUntil(sql`clock_timestamp()`, keepSeconds),
        })
        .where(and(one(id), eq(reports.status, 'open')))
        .returning(reportRow)
      if (!row) return null
      await recordAnnouncement(tx, 'report.decided', id)
      const [decided] = await casesOf(tx, tenantId, [row])
      return decided!
    },
    async dateUndated(keepSeconds) {
      await tx
        .update(reports)
        .set({ snapshotUntil: keptUntil(sql`coalesce(${reports.resolvedAt}, clock_timestamp())`, keepSeconds) })
        .where(
          and(
            eq(reports.tenantId, tenantId),
            ne(reports.status, 'open'),
            isNotNull(reports.snapshot),
            isNull(reports.snapshotUntil),
          ),
        )
    },
  }
}

/** Reports with what they are of: as the snapshot says, and what that does not say as it is now. */
async function casesOf(tx: Tx, tenantId: string, rows: ReportRow[]): Promise<ReportCase[]> {
  if (rows.length === 0) return []
  const profile = await profilesOf(
    tx,
    tenantId,
    rows.flatMap(({ reporterId, userId, resolvedBy }) => [reporterId, userId, resolvedBy]),
  )
  const conversation = await conversationNames(
    tx,
    rows.map(({ conversationId }) => conversationId),
  )
  const message = await messagesOf(tx, rows)
  const openReports = await countOpen(tx, rows)
  return rows.map((row) => {
    const { userId, conversationId, messageId, resolvedBy, snapshot } = row
    const then = snapshot ?? {}
    const user = userId === null ? null : profile(userId)
    const reported = user && { ...user, ...pick(then, ['name', 'avatarUrl']) }
    const place = conversationId === null ? undefined : conversation.get(conversationId)
    const found = messageId === null ? undefined : message.get(messageId)
    return {
      ...toReport(row),
      count: row.count,
      lastReportedAt: (row.lastReportedAt ?? row.createdAt).toISOString(),
      openReports: openReports.get(row.subject ?? '') ?? (row.status === 'open' ? 1 : 0),
      reporter: profile(row.reporterId),
      user: reported,
      conversation: place ? { ...place, ...pick(then, ['title', 'pictureUrl']) } : null,
      message:
        found && reported
          ? {
              ...found,
              sender: reported,
              content: then.content ?? null,
              payload: then.payload ?? null,
              attachmentNames: then.attachmentNames ?? [],
            }
          : null,
      resolver: resolvedBy === null ? null : profile(resolvedBy),
    }
  })
}

/** Of the fields, those that are there. */
function pick<T extends object, K extends keyof T>(from: T, fields: readonly K[]): Pick<T, K> {
  return Object.fromEntries(fields.filter((field) => field in from).map((field) => [field, from[field]])) as Pick<T, K>
}

/** The reported messages without their words: those are the snapshot's. */
async function messagesOf(
  tx: Tx,
  rows: readonly ReportRow[],
): Promise<Map<string, Omit<ReportedMessage, 'sender' | 'content' | 'payload' | 'attachmentNames'>>> {
  const ids = [...new Set(rows.flatMap(({ messageId }) => messageId ?? []))]
  if (ids.length === 0) return new Map()
  const found = await tx
    .select({
      id: messages.id,
      conversationId: messages.conversationId,
      seq: messages.seq,
      senderId: messages.senderId,
      type: messages.type,
      createdAt: messages.createdAt,
      editedAt: messages.editedAt,
      deletedAt: messages.deletedAt,
    })
    .from(messages)
    .where(inArray(messages.id, ids))
  return new Map(
    found.map(({ createdAt, editedAt, deletedAt, ...message }) => [
      message.id,
      {
        ...message,
        createdAt: createdAt.toISOString(),
        editedAt: isoTimeOrNull(editedAt),
        deletedAt: isoTimeOrNull(deletedAt),
      },
    ]),
  )
}

async function countOpen(tx: Tx, rows: readonly ReportRow[]): Promise<Map<string, number>> {
  const subjects = [...new Set(rows.flatMap(({ subject }) => subject ?? []))]
  if (subjects.length === 0) return new Map()
  const { rows: counted } = (await tx.execute(
    sql`select subject, count from count_open_reports(${arrayOf('text', subjects)}, ${MAX_COUNTED})`,
  )) as unknown as { rows: { subject: string; count: number }[] }
  return new Map(counted.map(({ subject, count }) => [subject, count]))
}
