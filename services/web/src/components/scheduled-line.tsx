import { useMemo, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { scheduledIn } from '../chat/scheduled.ts'
import { numberText } from '../text/dates.ts'
import { useChat } from './chat-context.ts'
import { Icon } from './icon.tsx'
import { ScheduledDialog } from './scheduled-dialog.tsx'
import styles from './scheduled-line.module.css'

/** Says above the composer that something is to be sent here later, or was not, and leads to it. */
export function ScheduledLine({ conversation }: { conversation: HeldConversation }) {
  const all = useChat((state) => state.scheduled)
  const [open, setOpen] = useState(false)
  const scheduled = useMemo(() => scheduledIn(all, conversation.id), [all, conversation.id])
  const failed = scheduled.filter(({ status }) => status === 'failed').length
  const waiting = scheduled.length - failed
  return (
    <>
      {scheduled.length > 0 && (
        <button
          type="button"
          className={styles.line}
          data-failed={failed > 0 || undefined}
          data-testid="open-scheduled"
          onClick={() => setOpen(true)}
        >
          <Icon name={failed > 0 ? 'alert' : 'clock'} />
          {failed > 0 && <span>{failed === 1 ? '1 was not sent' : `${numberText(failed)} were not sent`}</span>}
          {waiting > 0 && (
            <span>{waiting === 1 ? '1 message is' : `${numberText(waiting)} messages are`} scheduled</span>
          )}
        </button>
      )}
      {open && <ScheduledDialog conversation={conversation} scheduled={scheduled} onClose={() => setOpen(false)} />}
    </>
  )
}
