import type { ServiceOfferPayload } from '@parley/contracts'
import { useState } from 'react'
import { newClientId } from '../chat/client-id.ts'
import { majorAmount, minorAmount } from '../chat/deals.ts'
import { Button } from './button.tsx'
import styles from './deal-form.module.css'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import { InlineError } from './inline-error.tsx'
import { useSubmit } from './use-submit.ts'

interface OfferDialogProps {
  title: string
  /** What it is to be instead of. */
  begun?: ServiceOfferPayload
  /** Rejects with `RequestFailure`. */
  send(payload: ServiceOfferPayload, clientId: string): Promise<unknown>
  onClose(): void
}

/** What people pay in most, and whatever the offer before was in. */
const currencies = ['EUR', 'USD', 'GBP', 'CHF', 'PLN', 'SEK', 'JPY', 'INR', 'BRL', 'TRY']

export function OfferDialog({ title, begun, send, onClose }: OfferDialogProps) {
  const [what, setWhat] = useState(begun?.title ?? '')
  const [currency, setCurrency] = useState(begun?.currency ?? 'EUR')
  const [price, setPrice] = useState(begun ? majorAmount(begun.amount, begun.currency) : '')
  const [minutes, setMinutes] = useState(begun?.durationMinutes?.toString() ?? '')
  const [until, setUntil] = useState('')
  const [note, setNote] = useState('')
  const [clientId] = useState(newClientId)
  const amount = minorAmount(price, currency)
  const duration = minutes === '' ? undefined : Number(minutes)
  const isGood = what.trim() !== '' && amount !== null && (duration === undefined || duration > 0)

  const { busy, failure, submit } = useSubmit({
    isGood,
    send: async () => {
      if (!isGood) return
      await send(
        {
          title: what.trim(),
          amount,
          currency,
          ...(duration !== undefined && { durationMinutes: duration }),
          ...(until && { expiresAt: new Date(until).toISOString() }),
          ...(note.trim() && { note: note.trim() }),
        },
        clientId,
      )
      onClose()
    },
  })

  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Field label="What you offer">
          <input
            dir="auto"
            required
            data-first-focus
            data-testid="offer-title"
            value={what}
            onChange={(event) => setWhat(event.target.value)}
          />
        </Field>
        <div className={styles.row}>
          <Field label="Price">
            <input
              dir="auto"
              required
              inputMode="decimal"
              data-testid="offer-price"
              aria-invalid={(price !== '' && amount === null) || undefined}
              value={price}
              onChange={(event) => setPrice(event.target.value)}
            />
          </Field>
          <Field label="Currency">
            <select data-testid="offer-currency" value={currency} onChange={(event) => setCurrency(event.target.value)}>
              {[...new Set([...(begun ? [begun.currency] : []), ...currencies])].map((code) => (
                <option key={code}>{code}</option>
              ))}
            </select>
          </Field>
          <Field label="Minutes">
            <input
              dir="auto"
              type="number"
              min={1}
              placeholder="any"
              value={minutes}
              onChange={(event) => setMinutes(event.target.value)}
            />
          </Field>
        </div>
        <Field label="Open until (optional)">
          <input dir="auto" type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
        </Field>
        <Field label="Note (optional)">
          <textarea dir="auto" rows={2} value={note} onChange={(event) => setNote(event.target.value)} />
        </Field>
        {failure && <InlineError>{failure}</InlineError>}
        <DialogFoot>
          <Button quiet onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" data-testid="send-offer" disabled={!isGood || busy}>
            Send offer
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
