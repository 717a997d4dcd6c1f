import type { ReportCase } from '@parley/contracts'
import { useState } from 'react'
import { Avatar } from '../components/avatar.tsx'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { Quote } from '../components/quote.tsx'
import { RoomLeft } from '../components/room-left.tsx'
import { Tag } from '../components/tag.tsx'
import { toRequestFailure } from '../net/request-failure.ts'
import { fullTime, listTime } from '../text/dates.ts'
import { fits } from '../text/length.ts'
import { calledText, personName } from '../text/names.ts'
import { reportedText, reportedWords, timesText } from '../text/reports.ts'
import { reportReasons } from '../text/roles.ts'
import pageStyles from './admin-page.module.css'
import styles from './report-card.module.css'

const MAX_RESOLUTION = 2000

interface ReportCardProps {
  report: ReportCase
  onInspect(conversationId: string, seq: number | null): void
  onDecided(): void
}

/** What was reported by whom, in the words of then, and what is decided of it. */
export function ReportCard({ report, onInspect, onDecided }: ReportCardProps) {
  const session = useSession()
  const [resolution, setResolution] = useState('')
  const [busy, setBusy] = useState(false)
  const { id, reporter, user, message, conversation, conversationId, reason, note, status, openReports } = report
  const at = report.lastReportedAt
  const isTooLong = !fits(resolution, MAX_RESOLUTION)

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
        {openReports > 1 && <Tag>{openReports >= 100 ? '100 or more' : openReports} open reports of this</Tag>}
        <time className="muted" dateTime={at} title={fullTime(at)}>
          {listTime(at)}
        </time>
      </div>
      <p>
        <bdi>
          <strong>{personName(reporter)}</strong>
        </bdi>{' '}
        reports{reportedText(report)}
        {user && (
          <>
            {' '}
            <bdi>
              <strong>{personName(user)}</strong>
            </bdi>
          </>
        )}
        {conversation && conversation.kind !== 'direct' && ` in “${calledText(conversation)}”`}
        {timesText(report.count)}.
      </p>
      {message && (
        <figure className={styles.message} data-testid="reported-message">
          <figcaption className="muted">
            <Avatar id={message.senderId} name={personName(message.sender)} url={message.sender.avatarUrl} small />
            <bdi>{personName(message.sender)}</bdi>
            <time dateTime={message.createdAt} title={fullTime(message.createdAt)}>
              {listTime(message.createdAt)}
            </time>
            {message.deletedAt ? <Tag ended>deleted</Tag> : message.editedAt && <Tag>edited</Tag>}
          </figcaption>
          <Quote text={reportedWords(message)} />
        </figure>
      )}
      {note && (
        <div>
          <p className="muted">
            <bdi>{personName(reporter)}</bdi> adds:
          </p>
          <Quote text={note} />
        </div>
      )}
      {status !== 'open' && (
        <p className="muted">
          {status === 'resolved' ? 'Resolved' : 'Dismissed'}
          {report.resolver && (
            <>
              {' '}
              by <bdi>{personName(report.resolver)}</bdi>
            </>
          )}
          {report.resolution && (
            <>
              : <bdi>{report.resolution}</bdi>
            </>
          )}
        </p>
      )}
      {status === 'open' && (
        <input
          value={resolution}
          dir="auto"
          aria-label="What you decide, and why"
          placeholder="Decision, and why (optional)"
          onChange={(event) => setResolution(event.target.value)}
        />
      )}
      <RoomLeft text={resolution.trim()} limit={MAX_RESOLUTION} />
      <div className={pageStyles.foot}>
        {conversationId && (
          <Button quiet data-testid="to-conversation" onClick={() => onInspect(conversationId, message?.seq ?? null)}>
            Read the conversation
          </Button>
        )}
        {status === 'open' && (
          <>
            <Button quiet data-testid="dismiss" disabled={busy || isTooLong} onClick={() => decide('dismissed')}>
              Dismiss
            </Button>
            <Button data-testid="resolve" disabled={busy || isTooLong} onClick={() => decide('resolved')}>
              Resolve
            </Button>
          </>
        )}
      </div>
    </li>
  )
}
