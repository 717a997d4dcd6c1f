import { type ReactNode, useState } from 'react'
import { personName } from '../text/names.ts'
import { Avatar } from './avatar.tsx'
import { Bar } from './bar.tsx'
import { BlocksDialog } from './blocks-dialog.tsx'
import { Button } from './button.tsx'
import { useChat } from './chat-context.ts'
import { ConnectionBadge } from './connection-badge.tsx'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import { NotificationBell } from './notification-bell.tsx'
import { OpenReports } from './open-reports.tsx'
import { SettingsDialog } from './settings-dialog.tsx'
import styles from './sidebar.module.css'

interface SidebarProps {
  /** To a conversation, from what tells of it. */
  onOpen(conversationId: string): void
  onSwitch(): void
  onCreate(): void
  /** To what admins see; offered to them only. */
  onModerate(): void
  /** To where reports are decided. */
  onReports(): void
  children: ReactNode
}

export function Sidebar({ onOpen, onSwitch, onCreate, onModerate, onReports, children }: SidebarProps) {
  const me = useChat((state) => state.me)
  // What is open is what the page is about; on a phone it is all there is.
  const open = useChat((state) => state.openId !== null)
  const blocksAny = useChat((state) => state.blocked.length > 0)
  const [showsBlocks, setShowsBlocks] = useState(false)
  const [showsSettings, setShowsSettings] = useState(false)
  const openReports = useChat((state) => state.openReports)
  const Heading = open ? 'h2' : 'h1'
  return (
    <section className={styles.sidebar} role={open ? 'complementary' : 'main'}>
      <Bar>
        <Heading className={styles.heading}>Messages</Heading>
        {me?.role === 'admin' && (
          <span className={styles.moderation}>
            <IconButton
              icon="shield"
              data-testid="moderate"
              label="Moderation"
              title="Moderation"
              onClick={onModerate}
            />
            <OpenReports count={openReports} />
          </span>
        )}
        <NotificationBell onOpen={onOpen} onReports={onReports} />
        <IconButton
          icon="plus"
          strong
          data-testid="new-conversation"
          label="New conversation"
          title="New conversation"
          onClick={onCreate}
        />
      </Bar>
      {children}
      <footer className={styles.self}>
        {me && <Avatar id={me.userId} name={personName(me)} url={me.avatarUrl} small />}
        <span className={styles.text}>
          <span className={styles.name} dir="auto">
            {me ? personName(me) : ' '}
          </span>
          <ConnectionBadge />
        </span>
        {(blocksAny || showsBlocks) && (
          <IconButton
            icon="block"
            data-testid="blocked-people"
            label="People you have blocked"
            title="People you have blocked"
            onClick={() => setShowsBlocks(true)}
          />
        )}
        <IconButton
          icon="settings"
          data-testid="settings"
          label="Settings"
          title="Settings"
          onClick={() => setShowsSettings(true)}
        />
        <Button quiet data-testid="switch" onClick={onSwitch}>
          <Icon name="swap" />
          Switch
        </Button>
      </footer>
      {showsSettings && <SettingsDialog onClose={() => setShowsSettings(false)} />}
      {showsBlocks && <BlocksDialog onClose={() => setShowsBlocks(false)} />}
    </section>
  )
}
