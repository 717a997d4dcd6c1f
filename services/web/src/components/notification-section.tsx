import type { NotificationChannel, NotificationKind, NotificationPreferences } from '@parley/contracts'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { NotificationSettings } from '../chat/notification-settings.ts'
import { channelTexts, digestChoices, kindTexts } from '../text/notifications.ts'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import { Field } from './field.tsx'
import { InlineError } from './inline-error.tsx'
import styles from './notification-section.module.css'
import { PushSetting } from './push-setting.tsx'
import { QuietHoursFields } from './quiet-hours-fields.tsx'
import { Setting } from './setting.tsx'

/** How one is told of what happens while one is away. What is changed holds at once. */
export function NotificationSection() {
  const { notifications } = useSession()
  const [settings] = useState(
    () =>
      new NotificationSettings({
        get: () => notifications.getNotificationPreferences(),
        put: (preferences) => notifications.putNotificationPreferences(preferences),
      }),
  )
  useEffect(() => void settings.load(), [settings])
  const { preferences, failure } = useSyncExternalStore(settings.subscribe, settings.getState)
  return (
    <section className={styles.section} aria-label="Notifications">
      <h3>Notifications</h3>
      {failure && <InlineError>{failure}</InlineError>}
      {!preferences && failure && (
        <Button quiet onClick={() => void settings.load()}>
          Try again
        </Button>
      )}
      {!preferences && !failure && <p className="muted">Loading…</p>}
      {preferences && <Choices preferences={preferences} onChange={(change) => settings.change(change)} />}
    </section>
  )
}

interface ChoicesProps {
  preferences: NotificationPreferences
  onChange(change: Partial<NotificationPreferences>): void
}

function Choices({ preferences, onChange }: ChoicesProps) {
  const isAdmin = useChat((state) => state.me?.role === 'admin')
  const { channels, kinds, quietHours, previews, digestAfterMinutes, email } = preferences
  const kindsShown = (Object.keys(kindTexts) as NotificationKind[]).filter((kind) => kind !== 'report' || isAdmin)
  const setChannel = (channel: NotificationChannel) => (on: boolean) =>
    onChange({ channels: { ...channels, [channel]: on } })
  return (
    <>
      <fieldset className={styles.group}>
        <legend>While I am away, tell me</legend>
        <Setting
          label={channelTexts.inApp}
          data-testid="notify-inApp"
          checked={channels.inApp}
          onChange={setChannel('inApp')}
        />
        <Setting
          label={channelTexts.push}
          data-testid="notify-push"
          checked={channels.push}
          onChange={setChannel('push')}
        />
        {channels.push && <PushSetting />}
        <Setting
          label={channelTexts.email}
          explained={email ? <bdi>{email}</bdi> : 'There is no address of yours here.'}
          data-testid="notify-email"
          checked={channels.email}
          disabled={email === null}
          onChange={setChannel('email')}
        />
        {email !== null && channels.email && (
          <Field label="E-mails come">
            <select
              data-testid="notify-digest"
              value={digestAfterMinutes ?? ''}
              onChange={({ target }) =>
                onChange({ digestAfterMinutes: target.value === '' ? null : Number(target.value) })
              }
            >
              {digestChoices(digestAfterMinutes).map(({ minutes, text }) => (
                <option key={text} value={minutes ?? ''}>
                  {text}
                </option>
              ))}
            </select>
          </Field>
        )}
      </fieldset>
      <fieldset className={styles.group}>
        <legend>Tell me of</legend>
        {kindsShown.map((kind) => (
          <Setting
            key={kind}
            label={kindTexts[kind]}
            data-testid={`notify-of-${kind}`}
            checked={kinds[kind]}
            onChange={(on) => onChange({ kinds: { ...kinds, [kind]: on } })}
          />
        ))}
      </fieldset>
      <fieldset className={styles.group}>
        <legend>How</legend>
        <Setting
          label="Show what was written"
          explained="Without, pushes and e-mails say that there is something, and not what or whose."
          data-testid="notify-previews"
          checked={previews}
          onChange={(shown) => onChange({ previews: shown })}
        />
        <QuietHoursFields quietHours={quietHours} onChange={(hours) => onChange({ quietHours: hours })} />
      </fieldset>
    </>
  )
}
