import type { RedriveDeadLetters } from '@parley/contracts'
import { useCallback, useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { usePages } from '../components/use-pages.ts'
import { receiverText, undeliveredText } from '../text/undelivered.ts'
import { AsideItem, AsideSection } from './aside-section.tsx'
import { useRedrive } from './use-redrive.ts'

/** Notifications that no device and no address took. */
export function DeadNotifications({ onInspect }: { onInspect(conversationId: string): void }) {
  const { notifications } = useSession()
  const [channel, setChannel] = useState<RedriveDeadLetters['channel'] | ''>('')
  const only = channel ? { channel } : {}
  const load = useCallback(
    (cursor: string | undefined) => notifications.listDeadLetters({ limit: 50, cursor, ...(channel && { channel }) }),
    [notifications, channel],
  )
  const pages = usePages(load)
  const { busy, said, failure, redrive } = useRedrive(notifications.redriveDeadLetters, pages.reload)
  const choice = (
    <select
      aria-label="By which way"
      value={channel}
      onChange={(event) => setChannel(event.target.value as typeof channel)}
    >
      <option value="">All ways</option>
      <option value="web_push">Browsers</option>
      <option value="fcm">Android</option>
      <option value="apns">Apple</option>
      <option value="email">E-mail</option>
    </select>
  )
  return (
    <AsideSection
      title="Undelivered notifications"
      explained="Kept for 30 days, without the words of the messages. What was read meanwhile stays here when it is tried again."
      choice={choice}
      pages={pages}
      nothing="Everything has reached somebody."
      said={said}
      failure={failure}
      all={
        pages.items.length > 0 && (
          <Button data-testid="redrive-all" disabled={busy} onClick={() => void redrive(only)}>
            Try all again
          </Button>
        )
      }
    >
      {pages.items.map((letter) => (
        <AsideItem
          key={letter.id}
          testId="undelivered-item"
          what={
            <>
              To{' '}
              <bdi>
                <strong>{letter.userId}</strong>
              </bdi>
              , {receiverText(letter.channel)}
            </>
          }
          name={`to ${letter.userId}, ${receiverText(letter.channel)}`}
          reason={undeliveredText(letter)}
          at={letter.settledAt}
          conversationId={letter.conversationId}
          onInspect={onInspect}
          busy={busy}
          onRedrive={() => void redrive({ ids: [letter.id] })}
        />
      ))}
    </AsideSection>
  )
}
