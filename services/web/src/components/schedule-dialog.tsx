import { useState } from 'react'
import { type HeldConversation, maxLengthOf } from '../chat/chat-state.ts'
import { newClientId } from '../chat/client-id.ts'
import { fieldTime, fullDate, laterTimes, ownTimeZone } from '../text/dates.ts'
import { cleanText, lengthOf } from '../text/length.ts'
import { withMentions } from '../text/mentions.ts'
import { Button } from './button.tsx'
import { useChat } from './chat-context.ts'
import styles from './deal-form.module.css'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import { InlineError } from './inline-error.tsx'
import { useSubmit } from './use-submit.ts'

interface ScheduleDialogProps {
  title: string
  conversation: HeldConversation
  begun: { text: string; sendAt?: string }
  /** Rejects with `RequestFailure`. */
  save(content: string, sendAt: string, clientId: string): Promise<unknown>
  onClose(): void
}

/** What is to be sent later, and when, by the clock here. */
export function ScheduleDialog({ title, conversation, begun, save, onClose }: ScheduleDialogProps) {
  const limit = useChat(maxLengthOf)
  const [text, setText] = useState(begun.text)
  const [time, setTime] = useState(begun.sendAt ? fieldTime(new Date(begun.sendAt)) : '')
  const [clientId] = useState(newClientId)
  const [offered] = useState(() => laterTimes(new Date()))
  const content = withMentions(cleanText(text), conversation.participants)
  const isPast = time !== '' && new Date(time).getTime() <= Date.now()
  const isGood = content !== '' && lengthOf(content) <= limit && time !== '' && !isPast

  const { busy, failure, submit } = useSubmit({
    isGood,
    send: async () => {
      await save(content, new Date(time).toISOString(), clientId)
      onClose()
    },
  })

  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Message">
          <textarea
            dir="auto"
            rows={3}
            data-first-focus={begun.text === '' || undefined}
            data-testid="scheduled-text"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <Field label={`When (${ownTimeZone().replaceAll('_', ' ')})`}>
          <input
            dir="auto"
            type="datetime-local"
            required
            data-first-focus={begun.text !== '' || undefined}
            data-testid="scheduled-time"
            min={fieldTime(new Date())}
            value={time}
            onChange={(event) => setTime(event.target.value)}
          />
        </Field>
        <div className={styles.offered}>
          {offered.map((at, index) => (
            <Button key={at.getTime()} quiet data-testid={`later-${index}`} onClick={() => setTime(fieldTime(at))}>
              {fullDate(at.toISOString())}
            </Button>
          ))}
        </div>
        {isPast && <InlineError>That time has passed.</InlineError>}
        {failure && <InlineError>{failure}</InlineError>}
        <DialogFoot>
          <Button quiet onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" data-testid="schedule" disabled={!isGood || busy}>
            {begun.sendAt ? 'Save' : 'Send later'}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
