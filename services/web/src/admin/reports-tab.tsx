import type { ReportStatus } from '@parley/contracts'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useChat, useSession } from '../components/chat-context.ts'
import { PagesEnd } from '../components/pages-end.tsx'
import { usePages } from '../components/use-pages.ts'
import pageStyles from './admin-page.module.css'
import { ReportCard } from './report-card.tsx'
import styles from './reports-tab.module.css'

interface ReportsTabProps {
  /** With the message that was reported, where it was one. */
  onInspect(conversationId: string, seq: number | null): void
}

export function ReportsTab({ onInspect }: ReportsTabProps) {
  const { admin } = useSession()
  const [status, setStatus] = useState<ReportStatus>('open')
  const load = useCallback(
    (cursor: string | undefined) => admin.listReports({ limit: 30, status, cursor }),
    [admin, status],
  )
  const pages = usePages(load)
  const open = useChat((state) => state.openReports)
  const known = useRef(open)
  // Somebody has reported something, or another moderator has decided.
  useEffect(() => {
    if (known.current !== open && status === 'open') pages.reload()
    known.current = open
  })
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
