import type { Report, ReportStatus } from '@parley/contracts'
import { useCallback, useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { PagesEnd } from '../components/pages-end.tsx'
import { Quote } from '../components/quote.tsx'
import { usePages } from '../components/use-pages.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { fullTime, listTime } from '../text/dates.ts'
import { reportReasons } from '../text/roles.ts'
import pageStyles from './admin-page.module.css'
import styles from './reports-tab.module.css'

export function ReportsTab({ onInspect }: { onInspect(conversationId: string): void }) {
  const { admin } = useSession()
  const [status, setStatus] = useState<ReportStatus>('open')
  const load = useCallback(
    (cursor: string | undefined) => admin.listReports({ limit: 30, status, cursor }),
    [admin, status],
  )
  const pages = usePages(load)
  return (
    <div className={pageStyles.page}>
      <div className={pageStyles.head}>
        <h2>Reports</h2>
        <select aria-label="Status" value={status} onChange={(event) => setStatus(event.target.value as ReportStatus)}>
          <option value="open">Open</option>
          <option value="resolved">Resolved</option>
          <option value="dismissed">Dismissed</option>
        </select>
      </div>
      <ul className={styles.cards}>
        {pages.items.map((report) => (
          <ReportCard
            key={report.id}
            report={report}
            onInspect={onInspect}
            onDecided={() => pages.change((items) => items.filter(({ id }) => id !== report.id))}
          />
        ))}
      </ul>
      <PagesEnd pages={pages} nothing={status === 'open' ? 'Nothing waits for a decision.' : 'There are none.'} />
    </div>
  )
}

function subjectText({ messageId, conversationId, userId }: Report): string {
  if (messageId) return `a message of ${userId ?? 'somebody'}`
  return conversationId ? 'a conversation' : `${userId ?? 'somebody'}`
}

interface ReportCardProps {
  report: Report
  onInspect(conversationId: string): void
  onDecided(): void
}

function ReportCard({ report, onInspect, onDecided }: ReportCardProps) {
  const session = useSession()
  const [resolution, setResolution] = useState('')
  const [busy, setBusy] = useState(false)
  const { id, reporterId, conversationId, reason, note, status, createdAt } = report

  const decide = async (decision: 'resolved' | 'dismissed') => {
    setBusy(true)
    try {
      const said = resolution.trim()
      await session.admin.decideReport({ reportId: id, status: decision, ...(said && { resolution: said }) })
      onDecided()
    } catch (err) {
      session.notify(toRequestFailure(err).message)
      setBusy(false)
    }
  }
  return (
    <li className={styles.card} data-testid="report">
      <div className={pageStyles.head}>
        <h3>{reportReasons[reason]}</h3>
        <time className="muted" dateTime={createdAt} title={fullTime(createdAt)}>
          {listTime(createdAt)}
        </time>
      </div>
      <p>
        <strong>{reporterId}</strong> reports {subjectText(report)}.
      </p>
      {note && <Quote text={note} />}
      {status !== 'open' && (
        <p className="muted">
          {status === 'resolved' ? 'Resolved' : 'Dismissed'} by {report.resolvedBy}
          {report.resolution && `: ${report.resolution}`}
        </p>
      )}
      {status === 'open' && (
        <input
          value={resolution}
          maxLength={2000}
          aria-label="What you decide, and why"
          dir="auto"
          placeholder="What you decide, and why (optional)"
          onChange={(event) => setResolution(event.target.value)}
        />
      )}
      <div className={pageStyles.foot}>
        {conversationId && (
          <Button quiet data-testid="to-conversation" onClick={() => onInspect(conversationId)}>
            Read the conversation
          </Button>
        )}
        {status === 'open' && (
          <>
            <Button quiet disabled={busy} onClick={() => decide('dismissed')}>
              Dismiss
            </Button>
            <Button data-testid="resolve" disabled={busy} onClick={() => decide('resolved')}>
              Resolve
            </Button>
          </>
        )}
      </div>
    </li>
  )
}
