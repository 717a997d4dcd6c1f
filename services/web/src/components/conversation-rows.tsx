import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { ConversationItem } from './conversation-item.tsx'
import { ConversationMenu } from './conversation-menu.tsx'
import styles from './conversation-rows.module.css'

const NEAR_END_PX = 300

interface ConversationRowsProps {
  conversations: readonly HeldConversation[]
  /** Brings what follows; left out where nothing does, or while it comes. */
  onNearEnd: (() => void) | undefined
  onOpen(id: string): void
  /** What follows below them. */
  children?: ReactNode
}

/** Conversations one below the other, each with its menu. */
export function ConversationRows({ conversations, onNearEnd, onOpen, children }: ConversationRowsProps) {
  const list = useRef<HTMLElement>(null)
  const bringMore = () => {
    if (list.current && isNearEnd(list.current)) onNearEnd?.()
  }
  // What has come may fill no more than a part of the view, and then nobody can scroll for more.
  useEffect(bringMore)

  return (
    <nav ref={list} className={styles.list} aria-label="Conversations" onKeyDown={moveFocus} onScroll={bringMore}>
      <ul>
        {conversations.map((conversation) => (
          <li key={conversation.id} className={styles.row} onContextMenu={openMenu}>
            <ConversationItem conversation={conversation} onOpen={onOpen} />
            <ConversationMenu conversation={conversation} />
          </li>
        ))}
      </ul>
      {children}
    </nav>
  )
}

const isNearEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean =>
  scrollHeight - scrollTop - clientHeight < NEAR_END_PX

/** The other mouse button, or a long touch, opens the menu as its own button does. */
function openMenu(event: MouseEvent<HTMLElement>): void {
  const opener = event.currentTarget.querySelector<HTMLElement>('[data-menu][data-open="false"] > button')
  if (!opener) return
  event.preventDefault()
  opener.click()
}

/** Arrow keys walk through the list, as they do in any list of messages; Tab still works. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!step) return
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>(':scope > ul > li > button')]
  const next = items[items.indexOf(event.target as HTMLElement) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}
