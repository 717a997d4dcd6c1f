import { mentionsIn } from '@parley/contracts/message-text'
import { useState } from 'react'
import { maxLengthOf } from '../chat/chat-state.ts'
import { isUploaded, needsChange, type Outgoing } from '../chat/outgoing.ts'
import { clockTime, numberText } from '../text/dates.ts'
import { lengthOf } from '../text/length.ts'
import { counterpart, isolated, personName, readableText } from '../text/names.ts'
import { useChat, useSession } from './chat-context.ts'
import { DiscardDialog } from './discard-dialog.tsx'
import { MessageAttachments } from './message-attachments.tsx'
import messageStyles from './message-item.module.css'
import { MessageText } from './message-text.tsx'
import styles from './outgoing-item.module.css'
import { ReplyQuote } from './reply-quote.tsx'
import { Ticks } from './ticks.tsx'
import { UnblockButton } from './unblock-button.tsx'

/** An own message that the server has not acknowledged. */
export function OutgoingItem({ entry }: { entry: Outgoing }) {
  const { outbox } = useSession()
  const [discarding, setDiscarding] = useState(false)
  const limit = useChat(maxLengthOf)
  const { conversationId, clientId, content, createdAt, state, code, detail } = entry
  const conversation = useChat((held) => held.conversations[conversationId])
  const myId = useChat((held) => held.me?.userId)
  const other = conversation ? counterpart(conversation, myId) : null
  const mine = useChat((held) => other !== null && held.blocked.includes(other.userId))
  const name = other ? isolated(personName(other)) : 'Somebody'
  const length = lengthOf(content)
  const blockedWhy = mine ? `You have blocked ${name}.` : `${name} takes no messages from you.`
  const longWhy = `It has ${numberText(length)} characters, and at most ${numberText(limit)} are taken.`
  const isTooLong = code === 'invalid_input' && length > limit
  const why = code === 'blocked' ? blockedWhy : isTooLong ? longWhy : detail?.replace(/^\/content /, 'It ')
  return (
    <div
      className={messageStyles.message}
      data-testid="message"
      data-own="true"
      data-state={state}
      data-starts="true"
      data-ends="true"
    >
      <div className={messageStyles.bubble}>
        <span className="visually-hidden">You: </span>
        {entry.replyTo && conversation && <ReplyQuote replyTo={entry.replyTo} conversation={conversation} />}
        {entry.files.length > 0 && <MessageAttachments files={entry.files} />}
        <div dir="auto">
          {content && (
            <MessageText text={readableText(content, mentionsIn(content), conversation?.participants ?? [])} />
          )}
          <span className={messageStyles.meta}>
            <time dir="ltr" dateTime={createdAt}>
              {clockTime(createdAt)}
            </time>
            <Ticks state={state} />
          </span>
        </div>
      </div>
      {state === 'sending' && !isUploaded(entry) && (
        <p className={styles.waiting}>
          <button type="button" data-testid="cancel-sending" onClick={() => outbox.discard(conversationId, clientId)}>
            Cancel
          </button>
        </p>
      )}
      {state === 'held' && (
        <p className={styles.waiting} data-testid="held">
          It is sent when somebody has looked at it. Until then nobody else sees it.
        </p>
      )}
      {state === 'failed' && (
        <p className={styles.failure} role="alert">
          <span>Not sent. {why}</span>
          {code === 'blocked' && mine && other && <UnblockButton userId={other.userId} />}
          {!needsChange(entry) && (
            <button type="button" data-testid="retry" onClick={() => outbox.retry(conversationId, clientId)}>
              Retry
            </button>
          )}
          <button type="button" data-testid="edit-unsent" onClick={() => outbox.reopen(conversationId, clientId)}>
            Edit
          </button>
          <button type="button" data-testid="discard" onClick={() => setDiscarding(true)}>
            Discard
          </button>
        </p>
      )}
      {discarding && (
        <DiscardDialog
          content={content}
          onClose={() => setDiscarding(false)}
          onDiscard={() => outbox.discard(conversationId, clientId)}
        />
      )}
    </div>
  )
}
