import type { ScheduledMessage } from '@parley/contracts'
import { mentionsIn } from '@parley/contracts/message-text'
import { useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { fullDate } from '../text/dates.ts'
import { readableText } from '../text/names.ts'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'
import styles from './scheduled-dialog.module.css'

interface ScheduledDialogProps {
  conversation: HeldConversation
  scheduled: readonly ScheduledMessage[]
  onClose(): void
}

/** What one has for this conversation that is not sent yet: changed, taken back, and why it was not sent. */
export function ScheduledDialog({ conversation, scheduled, onClose }: ScheduledDialogProps) {
  const session = useSession()
  const [changing, setChanging] = useState<ScheduledMessage | null>(null)
  const textOf = ({ message }: ScheduledMessage) =>
    readableText(message?.content ?? '', mentionsIn(message?.content ?? ''), conversation.participants)
  const cancel = async (one: ScheduledMessage) => {
    try {
      await session.scheduled.cancel(one)
    } catch (err) {
      session.notify(toRequestFailure(err).message)
    }
  }

  return (
    <Dialog title="Scheduled messages" side onClose={onClose}>
      {scheduled.length === 0 && <p className="muted">Nothing is scheduled here.</p>}
      <ul className={styles.list}>
        {scheduled.map((one) => (
          <li key={one.id} className={styles.item} data-testid="scheduled" data-status={one.status}>
            <p className={styles.when} data-failed={one.status === 'failed' || undefined}>
              <Icon name={one.status === 'failed' ? 'alert' : 'clock'} />
              <span>{standing(one)}</span>
            </p>
            <p className={styles.words} dir="auto">
              {textOf(one) || 'A message without words'}
            </p>
            {one.status !== 'sending' && (
              <div className={styles.actions}>
                {(one.message?.type ?? 'text') === 'text' && (
                  <Button quiet data-testid="change-scheduled" onClick={() => setChanging(one)}>
                    Change
                  </Button>
                )}
                <Button quiet danger data-testid="cancel-scheduled" onClick={() => cancel(one)}>
                  Do not send
                </Button>
              </div>
            )}
          </li>
        ))}
      </ul>
      {changing && (
        <ScheduleDialog
          title="Change a scheduled message"
          conversation={conversation}
          begun={{ text: textOf(changing), sendAt: changing.sendAt }}
          save={(content, sendAt) => session.scheduled.change(changing.id, { content, sendAt })}
          onClose={() => setChanging(null)}
        />
      )}
    </Dialog>
  )
}

function standing({ status, sendAt, error }: ScheduledMessage): string {
  if (status === 'failed') return `Not sent on ${fullDate(sendAt)}: ${error?.message ?? 'nobody says why'}`
  return status === 'sending' ? 'Is being sent' : fullDate(sendAt)
}
