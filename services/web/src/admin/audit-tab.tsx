import { type FormEvent, useCallback, useState } from 'react'
import { useSession } from '../components/chat-context.ts'
import { PagesEnd } from '../components/pages-end.tsx'
import { usePages } from '../components/use-pages.ts'
import { auditAction, auditDetails, auditTarget } from '../text/audit.ts'
import { fullTime, listTime } from '../text/dates.ts'
import { personName } from '../text/names.ts'
import pageStyles from './admin-page.module.css'
import styles from './audit-tab.module.css'

export function AuditTab() {
  const { admin } = useSession()
  const [typed, setTyped] = useState('')
  const [actorId, setActorId] = useState('')
  const load = useCallback(
    (cursor: string | undefined) => admin.listAudit({ limit: 50, cursor, ...(actorId && { actorId }) }),
    [admin, actorId],
  )
  const pages = usePages(load)
  const search = (event: FormEvent) => {
    event.preventDefault()
    if (typed.trim() === actorId) pages.reload()
    else setActorId(typed.trim())
  }
  return (
    <div className={pageStyles.page}>
      <div className={pageStyles.head}>
        <h2>Audit log</h2>
        <form onSubmit={search}>
          <input
            type="search"
            value={typed}
            aria-label="Of whom"
            dir="auto"
            placeholder="By whom, then Enter"
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
          />
        </form>
      </div>
      <ul className={styles.audit} data-testid="audit">
        {pages.items.map(({ id, at, actor, action, details, ...entry }) => (
          <li key={id}>
            <time className="muted" dateTime={at} title={fullTime(at)}>
              {listTime(at)}
            </time>
            <span className={styles.text}>
              <span>
                <bdi>
                  <strong title={actor.userId}>{personName(actor)}</strong>
                </bdi>{' '}
                <span title={action}>{auditAction({ action, details })}</span>
              </span>
              {(entry.target || Object.keys(details).length > 0) && (
                <dl className="muted">
                  {[...auditTarget(entry), ...auditDetails(details)].map(({ name, value }) => (
                    <div key={name}>
                      <dt>{name}</dt>
                      <dd dir="auto">{value}</dd>
                    </div>
                  ))}
                </dl>
              )}
            </span>
          </li>
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="Nothing was done yet." />
    </div>
  )
}
