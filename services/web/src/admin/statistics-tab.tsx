import type { Stats } from '@parley/contracts'
import { useEffect, useState } from 'react'
import { useSession } from '../components/chat-context.ts'
import { InlineError } from '../components/inline-error.tsx'
import { toRequestFailure } from '../net/request-failure.ts'
import { clockTime, dayMonthOf, numberText } from '../text/dates.ts'
import pageStyles from './admin-page.module.css'
import { DayBars } from './day-bars.tsx'
import styles from './statistics-tab.module.css'

const REFRESH_MS = 10_000

export function StatisticsTab() {
  const { admin } = useSession()
  const [days, setDays] = useState(7)
  const [stats, setStats] = useState<Stats | null>(null)
  const [refusal, setRefusal] = useState<string | null>(null)

  useEffect(() => {
    let gone = false
    const load = async () => {
      try {
        const next = await admin.getStats({ days })
        if (gone) return
        setStats(next)
        setRefusal(null)
      } catch (err) {
        if (!gone) setRefusal(toRequestFailure(err).message)
      }
    }
    void load()
    const timer = setInterval(load, REFRESH_MS)
    return () => {
      gone = true
      clearInterval(timer)
    }
  }, [admin, days])

  return (
    <div className={pageStyles.page}>
      <div className={pageStyles.head}>
        <h2>Statistics</h2>
        <select aria-label="How many days" value={days} onChange={(event) => setDays(Number(event.target.value))}>
          <option value={7}>7 days</option>
          <option value={14}>14 days</option>
          <option value={30}>30 days</option>
        </select>
      </div>
      {refusal && <InlineError>{refusal}</InlineError>}
      {stats && (
        <>
          <dl className={styles.figures} data-testid="figures">
            <Figure name="online now" value={stats.users.online} />
            <Figure name="users" value={stats.users.total} />
            <Figure name="messages today" value={stats.messages.today} />
            <Figure name="messages" value={stats.messages.total} />
            <Figure name="conversations" value={stats.conversations.total} />
            <Figure name="busy today" value={stats.conversations.busy} />
            <Figure name="read-only" value={stats.conversations.readOnly} />
            <Figure name="closed" value={stats.conversations.closed} />
            <Figure name="open reports" value={stats.reports.open} />
            <Figure name="users shut out" value={stats.users.disabled} />
          </dl>
          <DayBars
            title="Messages per day"
            days={stats.perDay.map(({ day, messages }) => ({ label: dayMonthOf(day), value: messages }))}
          />
          <DayBars
            title="New conversations per day"
            days={stats.perDay.map(({ day, conversations }) => ({ label: dayMonthOf(day), value: conversations }))}
          />
          <p className="muted">As of {clockTime(stats.at)}. Days are in UTC.</p>
        </>
      )}
    </div>
  )
}

function Figure({ name, value }: { name: string; value: number }) {
  return (
    <div className={styles.figure}>
      <dd>{numberText(value)}</dd>
      <dt>{name}</dt>
    </div>
  )
}
