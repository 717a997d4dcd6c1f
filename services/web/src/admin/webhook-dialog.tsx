import type { CreateWebhook, Webhook } from '@parley/contracts'
import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Dialog, DialogFoot } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { InlineError } from '../components/inline-error.tsx'
import { RoomLeft } from '../components/room-left.tsx'
import { Setting } from '../components/setting.tsx'
import { useSubmit } from '../components/use-submit.ts'
import { fits } from '../text/length.ts'
import { chosenEvents, EVERYTHING, eventFamilies, eventTexts } from '../text/webhooks.ts'
import styles from './webhooks-tab.module.css'

const MAX_DESCRIPTION = 200

interface WebhookDialogProps {
  title: string
  action: string
  begun?: Pick<Webhook, 'url' | 'events' | 'description'>
  /** Rejects with `RequestFailure`. */
  save(input: Pick<CreateWebhook, 'url' | 'events' | 'description'>): Promise<void>
  onClose(): void
}

/** Where somebody is told, and of what. */
export function WebhookDialog({ title, action, begun, save, onClose }: WebhookDialogProps) {
  const [url, setUrl] = useState(begun?.url ?? '')
  const [description, setDescription] = useState(begun?.description ?? '')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(begun?.events ?? [EVERYTHING]))
  const events = chosenEvents(chosen)
  const isGood = url.trim() !== '' && events.length > 0 && fits(description, MAX_DESCRIPTION)

  const choose = (event: string) => (on: boolean) => {
    const next = new Set(chosen)
    if (on) next.add(event)
    else next.delete(event)
    setChosen(next)
  }
  const { busy, failure, submit } = useSubmit({
    isGood,
    send: () => {
      // The names of events are the server's own.
      const said = events as CreateWebhook['events']
      return save({ url: url.trim(), events: said, description: description.trim() || null })
    },
    inWords: ({ message, places: [place] }) => (place ? `${place.pointer.slice(1)} ${place.detail}` : message),
  })

  return (
    <Dialog title={title} onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Address">
          <input
            type="url"
            required
            data-first-focus
            data-testid="webhook-url"
            placeholder="https://…"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
        </Field>
        <Field label="What it is for (optional)">
          <input
            dir="auto"
            data-testid="webhook-description"
            value={description}
            onChange={(event) => setDescription(event.target.value)}
          />
          <RoomLeft text={description.trim()} limit={MAX_DESCRIPTION} />
        </Field>
        <fieldset className={styles.events}>
          <legend>Tell it of</legend>
          <Setting
            label="Everything"
            explained="Also of what later releases bring."
            data-testid="webhook-everything"
            checked={chosen.has(EVERYTHING)}
            onChange={choose(EVERYTHING)}
          />
          {!chosen.has(EVERYTHING) &&
            eventFamilies.map(({ family, types }) => (
              <div key={family}>
                <Setting
                  label={`All of ${family}`}
                  data-testid={`webhook-${family}`}
                  checked={chosen.has(family)}
                  onChange={choose(family)}
                />
                {!chosen.has(family) && (
                  <div className={styles.types}>
                    {types.map((type) => (
                      <Setting
                        key={type}
                        label={eventTexts[type]}
                        data-testid={`webhook-${type}`}
                        checked={chosen.has(type)}
                        onChange={choose(type)}
                      />
                    ))}
                  </div>
                )}
              </div>
            ))}
        </fieldset>
        {failure && <InlineError>{failure}</InlineError>}
        <DialogFoot>
          <Button quiet onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" data-testid="save-webhook" disabled={!isGood || busy}>
            {action}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
