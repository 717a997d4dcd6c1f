import type { ReplyPreview } from '@parley/contracts'
import type { HeldConversation } from '../chat/chat-state.ts'
import { messageAt } from '../chat/replies.ts'
import { hueOf, isolated, personName, previewOf, readableText } from '../text/names.ts'
import { useChat } from './chat-context.ts'
import styles from './reply-quote.module.css'

interface ReplyQuoteProps {
  replyTo: ReplyPreview
  conversation: HeldConversation
  /** To the message itself. Left out: there is nowhere to go. */
  onGo?: (() => void) | undefined
}

/** What a message answers: its present words where it is loaded, otherwise those that came with the answer. */
export function ReplyQuote({ replyTo, conversation, onGo }: ReplyQuoteProps) {
  const myId = useChat((state) => state.me?.userId)
  const loaded = useChat((state) => {
    const timeline = state.timelines[conversation.id]
    return timeline && messageAt(timeline, replyTo.seq)
  })
  const original = loaded?.id === replyTo.id ? loaded : null
  const isGone = (original ?? replyTo).deletedAt !== null
  const isHidden = !original && replyTo.hidden
  const { participants } = conversation
  const people = participants.map((one) => one.userId)
  const shown = original ? previewOf(original, participants) : readableText(replyTo.content, people, participants)
  const name = replyTo.senderId === myId ? 'You' : personName(replyTo.sender)
  const text = isHidden ? 'A message that you cannot see' : isGone ? 'Message deleted' : shown
  const content = (
    <>
      <span className={styles.name} style={{ '--hue': hueOf(replyTo.senderId) } as React.CSSProperties}>
        <bdi>{name}</bdi>
      </span>
      <span className={styles.words} dir="auto" data-quiet={isHidden || isGone || undefined}>
        {text}
      </span>
    </>
  )
  if (!onGo || isHidden)
    return (
      <span className={styles.quoted} data-testid="reply-quote">
        {content}
      </span>
    )
  return (
    <button
      type="button"
      className={styles.quoted}
      data-testid="reply-quote"
      aria-label={`In answer to ${isolated(name)}: ${text}. Go to that message`}
      onClick={onGo}
    >
      {content}
    </button>
  )
}
