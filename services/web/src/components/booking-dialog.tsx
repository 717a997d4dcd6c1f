import type { BookingRequestPayload } from '@parley/contracts'
import { useState } from 'react'
import { newClientId } from '../chat/client-id.ts'
import { ownTimeZone } from '../text/dates.ts'
import { Button } from './button.tsx'
import styles from './deal-form.module.css'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import { IconButton } from './icon-button.tsx'
import { InlineError } from './inline-error.tsx'
import { useSubmit } from './use-submit.ts'

interface BookingDialogProps {
  /** Rejects with `RequestFailure`. */
  send(payload: BookingRequestPayload, clientId: string): Promise<unknown>
  onClose(): void
}

const MAX_TIMES = 10

/** Asks for one of several times, the best one first, as the clock here shows them. */
export function BookingDialog({ send, onClose }: BookingDialogProps) {
  const [what, setWhat] = useState('')
  const [times, setTimes] = useState<readonly string[]>([''])
  const [minutes, setMinutes] = useState('')
  const [note, setNote] = useState('')
  const [clientId] = useState(newClientId)
  const timeZone = ownTimeZone()
  const given = times.filter((time) => time !== '')
  const duration = minutes === '' ? undefined : Number(minutes)
  const isGood = what.trim() !== '' && given.length > 0 && (duration === undefined || duration > 0)

  const { busy, failure, submit } = useSubmit({
    isGood,
    send: async () => {
      await send(
        {
          title: what.trim(),
          requestedFor: given.map((time) => ({ start: new Date(time).toISOString(), timeZone })),
          ...(duration !== undefined && { durationMinutes: duration }),
          ...(note.trim() && { note: note.trim() }),
        },
        clientId,
      )
      onClose()
    },
  })

  return (
    <Dialog title="Request a booking" onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Field label="What for">
          <input
            dir="auto"
            required
            data-first-focus
            data-testid="booking-title"
            value={what}
            onChange={(event) => setWhat(event.target.value)}
          />
        </Field>
        {times.map((time, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the order is what they are known by
          <div className={styles.slot} key={index}>
            <Field label={index === 0 ? `When it suits you best (${timeZone.replaceAll('_', ' ')})` : 'Or'}>
              <input
                dir="auto"
                type="datetime-local"
                data-testid={`booking-time-${index}`}
                value={time}
                onChange={(event) => setTimes(times.with(index, event.target.value))}
              />
            </Field>
            {times.length > 1 && (
              <IconButton
                icon="close"
                label="Take this time away"
                onClick={() => setTimes(times.filter((_, at) => at !== index))}
              />
            )}
          </div>
        ))}
        {times.length < MAX_TIMES && (
          <Button quiet data-testid="booking-more" onClick={() => setTimes([...times, ''])}>
            Another time
          </Button>
        )}
        <Field label="Minutes (optional)">
          <input
            dir="auto"
            type="number"
            min={1}
            value={minutes}
            onChange={(event) => setMinutes(event.target.value)}
          />
        </Field>
        <Field label="Note (optional)">
          <textarea dir="auto" rows={2} value={note} onChange={(event) => setNote(event.target.value)} />
        </Field>
        {failure && <InlineError>{failure}</InlineError>}
        <DialogFoot>
          <Button quiet onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" data-testid="send-booking" disabled={!isGood || busy}>
            Send request
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
