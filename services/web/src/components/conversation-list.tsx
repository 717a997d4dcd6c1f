import { type KeyboardEvent, useMemo } from 'react'
import { byActivity } from '../chat/conversations.ts'
import { Button } from './button.tsx'
import { useChat, useIsAway, useSession } from './chat-context.ts'
import { ConversationItem } from './conversation-item.tsx'
import styles from './conversation-list.module.css'
import { InlineError } from './inline-error.tsx'

const NEAR_END_PX = 300

export function ConversationList({ onOpen }: { onOpen(id: string): void }) {
  const session = useSession()
  const held = useChat((state) => state.conversations)
  const list = useChat((state) => state.list)
  const isAway = useIsAway()
  const conversations = useMemo(() => byActivity(held), [held])

  if (conversations.length === 0 && list.status === 'loading') return <ListSkeleton />
  if (conversations.length === 0 && list.status === 'failed' && isAway)
    return (
      <div className={styles.note}>
        <p className="muted">Conversations come as soon as the connection is back.</p>
      </div>
    )
  if (conversations.length === 0 && list.status === 'failed')
    return (
      <div className={styles.note}>
        <InlineError>{list.detail}</InlineError>
        <Button quiet onClick={() => session.conversations.loadList()}>
          Try again
        </Button>
      </div>
    )
  if (conversations.length === 0)
    return (
      <div className={styles.note}>
        <p>No conversations yet.</p>
        <p className="muted">Start one with the plus above.</p>
      </div>
    )

  return (
    <nav
      className={styles.list}
      aria-label="Conversations"
      onKeyDown={moveFocus}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) void session.conversations.loadMore()
      }}
    >
      <ul>
        {conversations.map((conversation) => (
          <li key={conversation.id}>
            <ConversationItem conversation={conversation} onOpen={onOpen} />
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Arrow keys walk through the list, as they do in any list of messages; Tab still works. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!step) return
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('button')]
  const next = items[items.indexOf(event.target as HTMLElement) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}

function ListSkeleton() {
  return (
    <div className={styles.list} aria-busy="true">
      <span className="visually-hidden">Loading conversations</span>
      {[1, 2, 3, 4, 5].map((line) => (
        <div className={styles.skeleton} key={line} aria-hidden="true">
          <span className={styles.picture} />
          <span className={styles.lines}>
            <span className={styles.line} />
            <span className={styles.line} />
          </span>
        </div>
      ))}
    </div>
  )
}
