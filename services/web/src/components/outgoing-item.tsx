import type { Outgoing } from '../chat/outgoing.ts'
import { clockTime } from '../text/dates.ts'
import { useSession } from './chat-context.ts'
import { MessageText } from './message-text.tsx'
import { Ticks } from './ticks.tsx'

/** An own message that the server has not acknowledged. */
export function OutgoingItem({ entry }: { entry: Outgoing }) {
  const { outbox } = useSession()
  const { conversationId, clientId, content, createdAt, state, detail } = entry
  return (
    <div
      className="message"
      data-testid="message"
      data-own="true"
      data-state={state}
      data-starts="true"
      data-ends="true"
    >
      <div className="bubble">
        <span className="visually-hidden">You: </span>
        <MessageText text={content} />
        <span className="meta">
          <time dateTime={createdAt}>{clockTime(createdAt)}</time>
          <Ticks state={state} />
        </span>
      </div>
      {state === 'failed' && (
        <p className="failure" role="alert">
          <span>Not sent. {detail}</span>
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
