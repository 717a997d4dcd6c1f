import type { ReactNode } from 'react'
import { Button } from '../components/button.tsx'
import { InlineError } from '../components/inline-error.tsx'
import { PagesEnd } from '../components/pages-end.tsx'
import type { Pages } from '../components/use-pages.ts'
import { fullTime, listTime } from '../text/dates.ts'
import pageStyles from './admin-page.module.css'
import styles from './undelivered-tab.module.css'

interface AsideSectionProps {
  title: string
  /** What stands here, and for how long. */
  explained: string
  /** What the list is narrowed by. */
  choice?: ReactNode
  pages: Pages<unknown>
  nothing: string
  said: string
  failure: string | null
  /** Left out where there is nothing to try again. */
  all?: ReactNode
  children: ReactNode
}

/** A list of what went aside. */
export function AsideSection(props: AsideSectionProps) {
  const { title, explained, choice, pages, nothing, said, failure, all, children } = props
  return (
    <section className={styles.section} aria-label={title}>
      <div className={pageStyles.head}>
        <h2>{title}</h2>
        {choice}
      </div>
      <p className="muted">{explained}</p>
      <ul>{children}</ul>
      <PagesEnd pages={pages} nothing={nothing} />
      <p className="muted" role="status">
        {said}
      </p>
      {failure && <InlineError>{failure}</InlineError>}
      {all && <div className={pageStyles.foot}>{all}</div>}
    </section>
  )
}

interface AsideItemProps {
  testId: string
  what: ReactNode
  /** As text, for the names of the buttons. */
  name: string
  reason: string
  at: string
  conversationId: string | null
  onInspect(conversationId: string): void
  busy: boolean
  /** Null where it is of no use. */
  onRedrive: (() => void) | null
}

/** One thing that went aside, and why. */
export function AsideItem(props: AsideItemProps) {
  const { testId, what, name, reason, at, conversationId, onInspect, busy, onRedrive } = props
  return (
    <li className={styles.row} data-testid={testId}>
      <div className={styles.what}>
        <p>{what}</p>
        <p className={`muted ${styles.reason}`} dir="auto">
          {reason}
        </p>
        <time className="muted" dateTime={at} title={fullTime(at)}>
          {listTime(at)}
        </time>
      </div>
      {conversationId && (
        <Button quiet aria-label={`Conversation: ${name}`} onClick={() => onInspect(conversationId)}>
          Conversation
        </Button>
      )}
      {onRedrive && (
        <Button quiet data-testid="redrive" aria-label={`Try again: ${name}`} disabled={busy} onClick={onRedrive}>
          Try again
        </Button>
      )}
    </li>
  )
}
