import type { Conversation, ConversationStatus } from '@parley/contracts'
import { type FormEvent, useCallback, useState } from 'react'
import { useSession } from '../components/chat-context.ts'
import { ContextChip } from '../components/context-chip.tsx'
import { ConversationAvatar } from '../components/conversation-avatar.tsx'
import itemStyles from '../components/conversation-item.module.css'
import listStyles from '../components/conversation-list.module.css'
import { PagesEnd } from '../components/pages-end.tsx'
import paneStyles from '../components/pane.module.css'
import { usePages } from '../components/use-pages.ts'
import { listTime } from '../text/dates.ts'
import { conversationName, idsIn, previewOf } from '../text/names.ts'
import styles from './conversations-tab.module.css'
import { InspectionPane } from './inspection-pane.tsx'

interface ConversationsTabProps {
  conversationId: string | null
  /** The message at which it is read. */
  seq: number | null
  onInspect(id: string | null): void
  onOpenOwn(id: string): void
}

/** All conversations of the tenant, and the one that is being read. On a phone one of the two at a time. */
export function ConversationsTab({ conversationId, seq, onInspect, onOpenOwn }: ConversationsTabProps) {
  const { admin } = useSession()
  const [userId, setUserId] = useState('')
  const [filter, setFilter] = useState<{ userId?: string; status?: ConversationStatus }>({})
  const load = useCallback(
    (cursor: string | undefined) => admin.listAllConversations({ limit: 30, ...filter, cursor }),
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
    <div className={styles.split} data-open={conversationId !== null}>
      <div className={styles.side}>
        <form className={styles.filters} onSubmit={search}>
          <input
            type="search"
            value={userId}
            aria-label="Of which user"
            dir="auto"
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
        <div className={`${listStyles.list} ${styles.items}`}>
          <ul>
            {pages.items.map((conversation) => (
              <li key={conversation.id}>
                <button
                  type="button"
                  className={itemStyles.item}
                  data-testid="inspect-item"
                  aria-current={conversation.id === conversationId || undefined}
                  onClick={() => onInspect(conversation.id)}
                >
                  <ConversationAvatar conversation={conversation} myId={undefined} />
                  <span className={itemStyles.text}>
                    <span className={itemStyles.line}>
                      <span className={itemStyles.name} dir="auto">
                        {conversationName(conversation, undefined)}
                      </span>
                      <time className={itemStyles.time} dateTime={conversation.updatedAt}>
                        {listTime(conversation.lastMessage?.createdAt ?? conversation.createdAt)}
                      </time>
                    </span>
                    <span className={itemStyles.line}>
                      <span className={itemStyles.preview} dir="auto">
                        {previewOf(conversation.lastMessage)}
                      </span>
                    </span>
                    <span className={`${itemStyles.line} ${itemStyles.facts}`}>
                      <ContextChip conversation={conversation} />
                      <span className={itemStyles.about}>{idsIn(conversation)}</span>
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
          key={`${conversationId}/${seq}`}
          conversationId={conversationId}
          seq={seq}
          onBack={() => onInspect(null)}
          onChanged={changed}
          onOpenOwn={onOpenOwn}
        />
      ) : (
        <section className={paneStyles.pane} data-empty>
          <p className={`muted ${paneStyles.note}`}>
            Choose a conversation to read it. What you read is written into the audit log.
          </p>
        </section>
      )}
    </div>
  )
}
