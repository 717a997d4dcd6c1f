import type { Outgoing } from '../chat/outgoing.ts'
import { clockTime } from '../text/dates.ts'
import { counterpart, isolated, personName } from '../text/names.ts'
import { useChat, useSession } from './chat-context.ts'
import messageStyles from './message-item.module.css'
import { MessageText } from './message-text.tsx'
import styles from './outgoing-item.module.css'
import { Ticks } from './ticks.tsx'
import { UnblockButton } from './unblock-button.tsx'

/** An own message that the server has not acknowledged. */
export function OutgoingItem({ entry }: { entry: Outgoing }) {
  const { outbox } = useSession()
  const { conversationId, clientId, content, createdAt, state, code, detail } = entry
  const other = useChat((held) => {
    const conversation = held.conversations[conversationId]
    return conversation ? counterpart(conversation, held.me?.userId) : null
  })
  const mine = useChat((held) => other !== null && held.blocked.includes(other.userId))
  const name = other ? isolated(personName(other)) : 'Somebody'
  const why = code !== 'blocked' ? detail : mine ? `You have blocked ${name}.` : `${name} takes no messages from you.`
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
        <div dir="auto">
          <MessageText text={content} />
          <span className={messageStyles.meta}>
            <time dir="ltr" dateTime={createdAt}>
              {clockTime(createdAt)}
            </time>
            <Ticks state={state} />
          </span>
        </div>
      </div>
      {state === 'failed' && (
        <p className={styles.failure} role="alert">
          <span>Not sent. {why}</span>
          {code === 'blocked' && mine && other && <UnblockButton userId={other.userId} />}
          <button type="button" data-testid="retry" onClick={() => outbox.retry(conversationId, clientId)}>
            Retry
          </button>
          <button type="button" onClick={() => outbox.discard(conversationId, clientId)}>
            Discard
          </button>
        </p>
      )}
    </div>
  )
}
