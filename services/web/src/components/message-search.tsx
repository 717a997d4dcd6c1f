import type { FoundMessage as Found } from '@parley/contracts'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { foundAfter } from '../chat/found-messages.ts'
import { listTime } from '../text/dates.ts'
import { calledText, conversationName, isolated, othersIn, personName, previewOf, readableText } from '../text/names.ts'
import { snippetOf } from '../text/snippet.ts'
import { useChat, useSession } from './chat-context.ts'
import { FoundMessage } from './found-message.tsx'
import styles from './message-search.module.css'
import { PagesEnd } from './pages-end.tsx'
import { usePages } from './use-pages.ts'

/** Messages that have the words, by conversation; each leads to its place in the history. */
export function MessageSearch({ q, onOpen }: { q: string; onOpen(id: string): void }) {
  const session = useSession()
  const held = useChat((state) => state.conversations)
  const myId = useChat((state) => state.me?.userId)
  const pages = usePages(useCallback((cursor?: string) => session.conversations.findMessages(q, cursor), [session, q]))
  const { change, reload } = pages
  useEffect(
    () => session.store.follow((action) => change((found) => foundAfter(found, action, myId))),
    [session, change, myId],
  )
  // What was missed may have changed what no event tells of any more.
  const isCatchingUp = useChat((state) => state.isCatchingUp)
  const wasCatchingUp = useRef(isCatchingUp)
  useEffect(() => {
    if (wasCatchingUp.current && !isCatchingUp) reload()
    wasCatchingUp.current = isCatchingUp
  })
  const groups = useMemo(() => byConversation(pages.items), [pages.items])

  const go = ({ conversationId, seq }: Found['message']) => {
    if (session.store.getState().openId === conversationId) return void session.history.goTo(conversationId, seq)
    session.store.dispatch({ type: 'message_sought', sought: { conversationId, seq } })
    onOpen(conversationId)
  }

  return (
    <section className={styles.search} aria-label="Messages" data-testid="found-messages">
      <h2 className={styles.heading}>Messages</h2>
      {groups.map(([id, found]) => (
        <section key={id} aria-label={nameOf(found[0]!, held[id], myId)}>
          <h3 className={styles.conversation} dir="auto">
            {nameOf(found[0]!, held[id], myId)}
          </h3>
          {found.map(({ message, highlights }) => (
            <FoundMessage
              key={message.id}
              title={message.senderId === myId ? 'You' : isolated(personName(message.sender))}
              time={listTime(message.createdAt)}
              onGo={() => go(message)}
            >
              {highlights.length === 0
                ? previewOf(message, held[id]?.participants)
                : snippetOf(message.content, highlights).map(({ text, found }, index) => {
                    const words = found ? text : readableText(text, message.mentions, held[id]?.participants ?? [])
                    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
                    return found ? <mark key={index}>{words}</mark> : words
                  })}
            </FoundMessage>
          ))}
        </section>
      ))}
      <PagesEnd pages={pages} nothing="No message has these words." />
    </section>
  )
}

/** In the order of the newest message that was found of each. */
function byConversation(found: readonly Found[]): [string, Found[]][] {
  const groups = new Map<string, Found[]>()
  for (const one of found) {
    const { conversationId } = one.message
    groups.set(conversationId, [...(groups.get(conversationId) ?? []), one])
  }
  return [...groups]
}

/** As the list has it, where the list has it. */
function nameOf({ conversation }: Found, held: HeldConversation | undefined, myId: string | undefined): string {
  if (held) return conversationName(held, myId)
  return calledText({ ...conversation, participants: othersIn(conversation, myId) })
}
