import type { Conversation, ConversationStatus } from '@parley/contracts'
import { type FormEvent, useCallback, useState } from 'react'
import { useSession } from '../components/chat-context.ts'
import { ContextChip } from '../components/context-chip.tsx'
import { ConversationAvatar } from '../components/conversation-avatar.tsx'
import { listTime } from '../text/dates.ts'
import { conversationName, idsIn, previewOf } from '../text/names.ts'
import { InspectionPane } from './inspection-pane.tsx'
import { PagesEnd } from './pages-end.tsx'
import { usePages } from './use-pages.ts'

interface ConversationsTabProps {
  conversationId: string | null
  onInspect(id: string | null): void
  onOpenOwn(id: string): void
}

/** All conversations of the tenant, and the one that is being read. On a phone one of the two at a time. */
export function ConversationsTab({ conversationId, onInspect, onOpenOwn }: ConversationsTabProps) {
  const { admin } = useSession()
  const [userId, setUserId] = useState('')
  const [filter, setFilter] = useState<{ userId?: string; status?: ConversationStatus }>({})
  const load = useCallback(
    (cursor: string | undefined) => admin.listConversations({ ...filter, ...(cursor && { cursor }) }),
    [admin, filter],
  )
  const pages = usePages(load)

  const search = (event: FormEvent) => {
    event.preventDefault()
    const { userId: _before, ...rest } = filter
    setFilter({ ...rest, ...(userId.trim() && { userId: userId.trim() }) })
  }
  const choose = (status: string) => {
    const { status: _before, ...rest } = filter
    setFilter({ ...rest, ...(status && { status: status as ConversationStatus }) })
  }
  const changed = (conversation: Conversation) =>
    pages.change((items) => items.map((item) => (item.id === conversation.id ? conversation : item)))

  return (
    <div className="split" data-open={conversationId !== null}>
      <div className="split-list">
        <form className="filters" onSubmit={search}>
          <input
            type="search"
            value={userId}
            aria-label="Of which user"
            placeholder="User id, then Enter"
            data-testid="search-user"
            autoCapitalize="off"
            spellCheck={false}
            onChange={(event) => setUserId(event.target.value)}
          />
          <select
            aria-label="Status"
            data-testid="filter-status"
            value={filter.status ?? ''}
            onChange={(event) => choose(event.target.value)}
          >
            <option value="">Any status</option>
            <option value="active">Open</option>
            <option value="read_only">Read-only</option>
            <option value="closed">Closed</option>
          </select>
        </form>
        <div className="list">
          <ul>
            {pages.items.map((conversation) => (
              <li key={conversation.id}>
                <button
                  type="button"
                  className="conversation-item"
                  data-testid="inspect-item"
                  aria-current={conversation.id === conversationId || undefined}
                  onClick={() => onInspect(conversation.id)}
                >
                  <ConversationAvatar conversation={conversation} myId={undefined} />
                  <span className="item-text">
                    <span className="item-line">
                      <span className="item-name">{conversationName(conversation, undefined)}</span>
                      <time className="item-time" dateTime={conversation.updatedAt}>
                        {listTime(conversation.lastMessage?.createdAt ?? conversation.createdAt)}
                      </time>
                    </span>
                    <span className="item-line">
                      <span className="item-preview">{previewOf(conversation.lastMessage)}</span>
                    </span>
                    <span className="item-line item-about">
                      <ContextChip conversation={conversation} />
                      <span className="item-preview">{idsIn(conversation)}</span>
                    </span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
          <PagesEnd pages={pages} nothing="No conversation is like that." />
        </div>
      </div>
      {conversationId ? (
        <InspectionPane
          key={conversationId}
          conversationId={conversationId}
          onBack={() => onInspect(null)}
          onChanged={changed}
          onOpenOwn={onOpenOwn}
        />
      ) : (
        <section className="pane pane-empty">
          <p className="empty muted">Choose a conversation to read it. What you read is written into the audit log.</p>
        </section>
      )}
    </div>
  )
}
