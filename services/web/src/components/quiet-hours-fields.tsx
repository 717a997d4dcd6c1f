import type { QuietHours } from '@parley/contracts'
import { useState } from 'react'
import { ownTimeZone } from '../text/dates.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'
import styles from './notification-section.module.css'
import { Setting } from './setting.tsx'

const NIGHT = { from: '22:00', to: '07:00' }
const placeOfZone = (timeZone: string) => timeZone.replaceAll('_', ' ')

interface QuietHoursFieldsProps {
  quietHours: QuietHours | null
  onChange(quietHours: QuietHours | null): void
}

/** When no push and no e-mail comes, by the clock here or where it was set. */
export function QuietHoursFields({ quietHours, onChange }: QuietHoursFieldsProps) {
  const here = ownTimeZone()
  return (
    <>
      <Setting
        label="Quiet hours"
        explained="No push and no e-mail comes then. What you have not read at their end you are told of."
        data-testid="quiet-hours"
        checked={quietHours !== null}
        onChange={(on) => onChange(on ? { ...NIGHT, timeZone: here } : null)}
      />
      {quietHours && (
        <div className={styles.times}>
          <Times quietHours={quietHours} onChange={onChange} />
          <p className={styles.zone}>
            By the clock of {placeOfZone(quietHours.timeZone)}.
            {quietHours.timeZone !== here && (
              <>
                {' '}
                <Button quiet data-testid="quiet-zone" onClick={() => onChange({ ...quietHours, timeZone: here })}>
                  Use {placeOfZone(here)}
                </Button>
              </>
            )}
          </p>
        </div>
      )}
    </>
  )
}

interface TimesProps {
  quietHours: QuietHours
  onChange(quietHours: QuietHours): void
}

/** What is half written, or would be no time at all, stays here until it is whole. */
function Times({ quietHours, onChange }: TimesProps) {
  const [typed, setTyped] = useState({ from: quietHours.from, to: quietHours.to })
  const change = (part: Partial<typeof typed>) => {
    const next = { ...typed, ...part }
    setTyped(next)
    if (next.from && next.to && next.from !== next.to) onChange({ ...quietHours, ...next })
  }
  return (
    <>
      <Field label="From">
        <input
          type="time"
          data-testid="quiet-from"
          value={typed.from}
          onChange={({ target }) => change({ from: target.value })}
        />
      </Field>
      <Field label="To">
        <input
          type="time"
          data-testid="quiet-to"
          value={typed.to}
          aria-invalid={typed.from === typed.to || undefined}
          onChange={({ target }) => change({ to: target.value })}
        />
      </Field>
      {typed.from === typed.to && <p className={styles.zone}>They must end at another time than they begin.</p>}
    </>
  )
}
