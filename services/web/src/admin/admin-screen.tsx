import { type KeyboardEvent, useEffect, useRef } from 'react'
import { Bar } from '../components/bar.tsx'
import { useChat } from '../components/chat-context.ts'
import { IconButton } from '../components/icon-button.tsx'
import { OpenReports } from '../components/open-reports.tsx'
import { type AdminTab, adminTabs, type Place } from '../components/place.ts'
import styles from './admin-screen.module.css'
import { AuditTab } from './audit-tab.tsx'
import { BroadcastTab } from './broadcast-tab.tsx'
import { ConversationsTab } from './conversations-tab.tsx'
import { HeldTab } from './held-tab.tsx'
import { PolicyTab } from './policy-tab.tsx'
import { ReportsTab } from './reports-tab.tsx'
import { StatisticsTab } from './statistics-tab.tsx'
import { UndeliveredTab } from './undelivered-tab.tsx'
import { WebhooksTab } from './webhooks-tab.tsx'

interface AdminScreenProps {
  place: Extract<Place, { view: 'admin' }>
  go(place: Place): void
}

const names = Object.keys(adminTabs) as AdminTab[]

/** What moderates a tenant, over the public admin API. Tabs as the ARIA practices describe them. */
export function AdminScreen({ place, go }: AdminScreenProps) {
  const list = useRef<HTMLDivElement>(null)
  const show = (tab: AdminTab, conversationId: string | null = null, seq: number | null = null) =>
    go({ view: 'admin', tab, conversationId, seq })
  const openReports = useChat((state) => state.openReports)
  const openOwn = (conversationId: string | null) => go({ view: 'chat', conversationId })

  // Where the tabs do not all have room, the one that is open is among those that are seen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is open
  useEffect(() => {
    const tabs = list.current
    if (!tabs) return
    const show = () =>
      tabs.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const observer = new ResizeObserver(show)
    observer.observe(tabs)
    return () => observer.disconnect()
  }, [place.tab])

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const next = (names.indexOf(place.tab) + step + names.length) % names.length
    show(names[next]!)
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus()
  }

  return (
    <main className={styles.admin} data-testid="admin">
      <Bar>
        <IconButton
          icon="back"
          className={styles.back}
          data-testid="leave-admin"
          label="Back to your messages"
          onClick={() => openOwn(null)}
        />
        <h1>Moderation</h1>
      </Bar>
      <div className={styles.tabs} role="tablist" aria-label="Moderation" ref={list} onKeyDown={onKeyDown}>
        {names.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`tab-${tab}`}
            aria-selected={place.tab === tab}
            aria-controls="tab-panel"
            tabIndex={place.tab === tab ? 0 : -1}
            data-testid={`tab-${tab}`}
            onClick={() => show(tab)}
          >
            {adminTabs[tab]}
            {tab === 'reports' && <OpenReports count={openReports} />}
          </button>
        ))}
      </div>
      <div className={styles.panel} role="tabpanel" id="tab-panel" aria-labelledby={`tab-${place.tab}`}>
        {place.tab === 'conversations' && (
          <ConversationsTab
            conversationId={place.conversationId}
            seq={place.seq}
            onInspect={(id) => show('conversations', id)}
            onOpenOwn={openOwn}
          />
        )}
        {place.tab === 'reports' && <ReportsTab onInspect={(id, seq) => show('conversations', id, seq)} />}
        {place.tab === 'held' && <HeldTab onInspect={(id) => show('conversations', id)} />}
        {place.tab === 'statistics' && <StatisticsTab />}
        {place.tab === 'broadcast' && <BroadcastTab />}
        {place.tab === 'audit' && <AuditTab />}
        {place.tab === 'policy' && <PolicyTab />}
        {place.tab === 'webhooks' && <WebhooksTab />}
        {place.tab === 'undelivered' && <UndeliveredTab onInspect={(id) => show('conversations', id)} />}
      </div>
    </main>
  )
}
