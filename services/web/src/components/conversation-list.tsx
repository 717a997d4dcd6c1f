import { type KeyboardEvent, useMemo } from 'react'
import { byActivity } from '../chat/conversations.ts'
import { useChat, useSession } from './chat-context.ts'
import { ConversationItem } from './conversation-item.tsx'

const NEAR_END_PX = 300

export function ConversationList({ onOpen }: { onOpen(id: string): void }) {
  const session = useSession()
  const held = useChat((state) => state.conversations)
  const list = useChat((state) => state.list)
  const conversations = useMemo(() => byActivity(held), [held])

  if (conversations.length === 0 && list.status === 'loading') return <ListSkeleton />
  if (conversations.length === 0 && list.status === 'failed')
    return (
      <div className="list-note">
        <p className="inline-error" role="alert">
          {list.detail}
        </p>
        <button type="button" className="quiet-button" onClick={() => session.loadList()}>
          Try again
        </button>
      </div>
    )
  if (conversations.length === 0)
    return (
      <div className="list-note">
        <p>No conversations yet.</p>
        <p className="muted">Start one with the plus above.</p>
      </div>
    )

  return (
    <nav
      className="list"
      aria-label="Conversations"
      onKeyDown={moveFocus}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) void session.loadMoreConversations()
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
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('.conversation-item')]
  const next = items[items.indexOf(event.target as HTMLElement) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
}

function ListSkeleton() {
  return (
    <div className="list" aria-busy="true">
      <span className="visually-hidden">Loading conversations</span>
      {[1, 2, 3, 4, 5].map((line) => (
        <div className="skeleton-item" key={line} aria-hidden="true">
          <span className="avatar skeleton" />
          <span className="skeleton-lines">
            <span className="skeleton" />
            <span className="skeleton" />
          </span>
        </div>
      ))}
    </div>
  )
}
