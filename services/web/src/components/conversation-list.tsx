import { useCallback, useEffect, useMemo, useState } from 'react'
import { belongsIn, inListOrder, type ListFilter } from '../chat/own-conversations.ts'
import { Button } from './button.tsx'
import { useChat, useIsAway, useSession, useSource } from './chat-context.ts'
import styles from './conversation-list.module.css'
import { ConversationRows } from './conversation-rows.tsx'
import { InlineError } from './inline-error.tsx'
import { ListFilters } from './list-filters.tsx'
import { MessageSearch } from './message-search.tsx'
import { usePages } from './use-pages.ts'

const SEARCH_DELAY_MS = 250
const nothing: Record<ListFilter, string> = {
  all: 'No conversations yet.',
  unread: 'Nothing is unread.',
  archived: 'Nothing is archived.',
}

/** One's conversations: all of them, or those that one looks for. */
export function ConversationList({ onOpen }: { onOpen(id: string): void }) {
  const [filter, setFilter] = useState<ListFilter>('all')
  const [words, setWords] = useState('')
  const q = useSettled(words.trim())
  return (
    <>
      <ListFilters filter={filter} words={words} onFilter={setFilter} onWords={setWords} />
      {filter === 'all' && !q ? (
        <WholeList onOpen={onOpen} />
      ) : (
        <FoundList key={`${filter} ${q}`} filter={filter} q={q} onOpen={onOpen} />
      )}
    </>
  )
}

function WholeList({ onOpen }: { onOpen(id: string): void }) {
  const session = useSession()
  const list = useChat((state) => state.list)
  const conversations = useListed('all')

  if (conversations.length === 0 && list.status === 'loading') return <ListSkeleton />
  if (conversations.length === 0 && list.status === 'failed')
    return <Failed detail={list.detail} onAgain={() => session.conversations.loadList()} />
  if (conversations.length === 0 && !list.nextCursor)
    return (
      <div className={styles.note}>
        <p>{nothing.all}</p>
        <p className="muted">Start one with the plus above.</p>
      </div>
    )
  const goesOn = list.status === 'ready' && list.nextCursor !== null
  return (
    <ConversationRows
      conversations={conversations}
      onNearEnd={goesOn ? () => void session.conversations.loadMore() : undefined}
      onOpen={onOpen}
    />
  )
}

/** What the server finds, as it stands now: what has gone elsewhere since is left out, what has come is shown. */
function FoundList({ filter, q, onOpen }: { filter: ListFilter; q: string; onOpen(id: string): void }) {
  const session = useSession()
  const pages = usePages(
    useCallback((cursor?: string) => session.conversations.find(filter, q, cursor), [session, filter, q]),
  )
  const listed = useListed(filter)
  const found = useMemo(() => new Set(pages.items), [pages.items])
  const conversations = q ? listed.filter(({ id }) => found.has(id)) : listed
  // Messages are looked for in all conversations.
  const messages = q && filter === 'all' ? <MessageSearch q={q} onOpen={onOpen} /> : null

  if (conversations.length === 0 && pages.status === 'loading') return <ListSkeleton />
  if (conversations.length === 0 && pages.status === 'failed')
    return <Failed detail={pages.detail} onAgain={pages.reload} />
  if (conversations.length === 0 && !pages.hasMore && !messages)
    return (
      <div className={styles.note} role="status" data-testid="nothing-listed">
        <p className="muted">{q ? 'Nothing is found by that.' : nothing[filter]}</p>
      </div>
    )
  const goesOn = pages.hasMore && pages.status === 'ready'
  return (
    <ConversationRows conversations={conversations} onNearEnd={goesOn ? pages.more : undefined} onOpen={onOpen}>
      {messages}
    </ConversationRows>
  )
}

/** Those of a filter, as they stand now. */
function useListed(filter: ListFilter) {
  const { store } = useSource()
  const held = useChat((state) => state.conversations)
  // Which of them are unread goes by these as well.
  const seen = useChat((state) => state.seen)
  const openId = useChat((state) => state.openId)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the filter reads of the state
  return useMemo(
    () => inListOrder(held).filter((conversation) => belongsIn(store.getState(), filter, conversation)),
    [store, filter, held, seen, openId],
  )
}

/** What is typed, once nothing more is for a moment; emptied at once. */
function useSettled(typed: string): string {
  const [settled, setSettled] = useState(typed)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), typed ? SEARCH_DELAY_MS : 0)
    return () => clearTimeout(timer)
  }, [typed])
  return settled
}

function Failed({ detail, onAgain }: { detail: string | null; onAgain(): void }) {
  if (useIsAway())
    return (
      <div className={styles.note}>
        <p className="muted">Conversations come as soon as the connection is back.</p>
      </div>
    )
  return (
    <div className={styles.note}>
      <InlineError>{detail}</InlineError>
      <Button quiet onClick={onAgain}>
        Try again
      </Button>
    </div>
  )
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
