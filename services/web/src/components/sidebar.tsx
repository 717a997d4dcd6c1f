import type { ReactNode } from 'react'
import { personName } from '../text/names.ts'
import { Avatar } from './avatar.tsx'
import { useChat } from './chat-context.ts'
import { ConnectionBadge } from './connection-badge.tsx'
import { Icon } from './icon.tsx'

interface SidebarProps {
  onSwitch(): void
  onCreate(): void
  /** To what admins see; offered to them only. */
  onModerate(): void
  children: ReactNode
}

export function Sidebar({ onSwitch, onCreate, onModerate, children }: SidebarProps) {
  const me = useChat((state) => state.me)
  return (
    <aside className="sidebar">
      <header className="bar">
        <h1>Messages</h1>
        {me?.role === 'admin' && (
          <button
            type="button"
            className="icon-button"
            data-testid="moderate"
            aria-label="Moderation"
            title="Moderation"
            onClick={onModerate}
          >
            <Icon name="shield" />
          </button>
        )}
        <button
          type="button"
          className="icon-button icon-button-strong"
          data-testid="new-conversation"
          aria-label="New conversation"
          title="New conversation"
          onClick={onCreate}
        >
          <Icon name="plus" />
        </button>
      </header>
      {children}
      <footer className="self">
        {me && <Avatar id={me.userId} name={personName(me)} url={me.avatarUrl} small />}
        <span className="self-text">
          <span className="self-name">{me ? personName(me) : ' '}</span>
          <ConnectionBadge />
        </span>
        <button type="button" className="quiet-button" data-testid="switch" onClick={onSwitch}>
          <Icon name="swap" />
          Switch
        </button>
      </footer>
    </aside>
  )
}
