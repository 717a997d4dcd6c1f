import type { DeadEvent } from '@parley/contracts'
import { useCallback } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { Tag } from '../components/tag.tsx'
import { usePages } from '../components/use-pages.ts'
import { consumerText, deadEventText, eventText } from '../text/undelivered.ts'
import { AsideItem, AsideSection } from './aside-section.tsx'
import { useLookAgain } from './use-look-again.ts'
import { useRedrive } from './use-redrive.ts'

const PAGE = 50

/** Events that somebody who is to hear of them could not handle. */
export function DeadEvents({ onInspect }: { onInspect(conversationId: string): void }) {
  const { notifications } = useSession()
  const pages = usePages(
    useCallback((cursor: string | undefined) => notifications.listDeadEvents({ limit: PAGE, cursor }), [notifications]),
  )
  const { items, reload } = pages
  const { busy, said, failure, redrive } = useRedrive(notifications.redriveDeadEvents, reload)
  useLookAgain(pages, { page: PAGE, isSoonDone: ({ state }) => state === 'waiting' })
  return (
    <AsideSection
      title="Events that could not be handled"
      explained="After five tries, kept for 30 days. What is handled goes from here; what fails again stays, with why."
      pages={pages}
      nothing="Every event was handled."
      said={said}
      failure={failure}
      all={
        items.some(canBeHandled) && (
          <Button data-testid="redrive-all-events" disabled={busy} onClick={() => void redrive({})}>
            Handle all again
          </Button>
        )
      }
    >
      {items.map((event) => (
        <AsideItem
          key={event.id}
          testId="dead-event"
          what={
            <>
              <strong>{eventText(event)}</strong>, for {consumerText(event.consumer)}{' '}
              {event.state !== 'aside' && (
                <Tag ended={event.state === 'lost'}>{event.state === 'lost' ? 'Lost' : 'Is handled again'}</Tag>
              )}
            </>
          }
          name={`${eventText(event)}, for ${consumerText(event.consumer)}`}
          reason={deadEventText(event)}
          at={event.failedAt}
          conversationId={event.conversationId}
          onInspect={onInspect}
          busy={busy}
          onRedrive={canBeHandled(event) ? () => void redrive({ ids: [event.id] }) : null}
        />
      ))}
    </AsideSection>
  )
}

const canBeHandled = ({ state }: DeadEvent) => state === 'aside'
