import type { CreateReport, ReportReason } from '@parley/contracts'
import { type FormEvent, useRef, useState } from 'react'
import { newClientId } from '../chat/client-id.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { fits } from '../text/length.ts'
import { reportReasons } from '../text/roles.ts'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import { InlineError } from './inline-error.tsx'
import { Quote } from './quote.tsx'
import styles from './report-dialog.module.css'
import { RoomLeft } from './room-left.tsx'

const MAX_NOTE = 2000

interface ReportDialogProps {
  subject: Pick<CreateReport, 'messageId' | 'conversationId' | 'userId'>
  title: string
  quote?: string
  onClose(): void
}

export function ReportDialog({ subject, title, quote, onClose }: ReportDialogProps) {
  const { people } = useSession()
  const [reason, setReason] = useState<ReportReason | null>(null)
  const [note, setNote] = useState('')
  const [step, setStep] = useState<'asking' | 'sending' | 'done'>('asking')
  const [refusal, setRefusal] = useState<string | null>(null)
  // The same for every try of the same report, so that an answer that was lost does not make two.
  const attempt = useRef({ body: '', clientId: '' })

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!reason || step === 'sending' || !fits(note, MAX_NOTE)) return
    setStep('sending')
    setRefusal(null)
    const report = { ...subject, reason, ...(note.trim() && { note: note.trim() }) }
    const body = JSON.stringify(report)
    if (attempt.current.body !== body) attempt.current = { body, clientId: newClientId() }
    try {
      await people.report({ ...report, clientId: attempt.current.clientId })
      setStep('done')
    } catch (err) {
      setRefusal(toRequestFailure(err).message)
      setStep('asking')
    }
  }

  if (step === 'done')
    return (
      <Dialog title="Thank you" onClose={onClose}>
        <p data-testid="report-sent" role="status">
          Your report has been sent. Those who look after this place will read it; nobody else is told.
        </p>
        <DialogFoot>
          <Button
            // the button that had the focus is gone
            autoFocus
            onClick={onClose}
          >
            Done
          </Button>
        </DialogFoot>
      </Dialog>
    )

  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        {quote && <Quote text={quote} />}
        <fieldset className={styles.reasons}>
          <legend className="visually-hidden">What is wrong with it?</legend>
          {Object.entries(reportReasons).map(([value, text], index) => (
            <label key={value}>
              <input
                type="radio"
                name="reason"
                value={value}
                data-first-focus={index === 0 || undefined}
                checked={reason === value}
                onChange={() => setReason(value as ReportReason)}
              />
              {text}
            </label>
          ))}
        </fieldset>
        <Field label="Anything to add? (optional)">
          <textarea
            rows={3}
            value={note}
            data-testid="report-note"
            dir="auto"
            onChange={(event) => setNote(event.target.value)}
          />
          <RoomLeft text={note.trim()} limit={MAX_NOTE} />
        </Field>
        {refusal && <InlineError>{refusal}</InlineError>}
        <DialogFoot>
          <Button quiet onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            data-testid="send-report"
            disabled={reason === null || step === 'sending' || !fits(note, MAX_NOTE)}
          >
            Send report
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
