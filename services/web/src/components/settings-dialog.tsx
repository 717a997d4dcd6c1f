import type { UpdateMe } from '@parley/contracts'
import { useState } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'
import { personName } from '../text/names.ts'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import { DevicesDialog } from './devices-dialog.tsx'
import { Dialog } from './dialog.tsx'
import { InlineError } from './inline-error.tsx'
import { NotificationSection } from './notification-section.tsx'
import { PictureField } from './picture-field.tsx'
import { Setting } from './setting.tsx'
import styles from './settings-dialog.module.css'

/** What one decides for oneself. */
export function SettingsDialog({ onClose }: { onClose(): void }) {
  const session = useSession()
  const me = useChat((state) => state.me)
  const receipts = useChat((state) => state.me?.receipts ?? true)
  const presence = useChat((state) => state.me?.presence ?? true)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const [showsDevices, setShowsDevices] = useState(false)
  const change = async (settings: UpdateMe) => {
    setBusy(true)
    setFailure(null)
    try {
      await session.account.change(settings)
    } catch (err) {
      setFailure(toRequestFailure(err).message)
    }
    setBusy(false)
  }
  return (
    <Dialog title="Settings" onClose={onClose}>
      {me && (
        <PictureField
          id={me.userId}
          name={personName(me)}
          url={me.avatarUrl}
          purpose="profile_picture"
          onChange={(avatarUrl) => session.account.change({ avatarUrl })}
        />
      )}
      <Setting
        label="Receipts"
        explained="Others see what you have received and read, and you see what they have. Without, neither does."
        data-first-focus
        data-testid="setting-receipts"
        checked={receipts}
        disabled={busy}
        onChange={(shown) => void change({ receipts: shown })}
      />
      <Setting
        label="Online and last seen"
        explained="Others see whether you are there and when you were last, and you see it of them. Without, neither does."
        data-testid="setting-presence"
        checked={presence}
        disabled={busy}
        onChange={(shown) => void change({ presence: shown })}
      />
      {failure && <InlineError>{failure}</InlineError>}
      <div className={styles.devices}>
        <p>
          Your devices
          <span className={styles.explained}>Where you are signed in, and signing out of them.</span>
        </p>
        <Button quiet data-testid="your-devices" aria-label="Show your devices" onClick={() => setShowsDevices(true)}>
          Show
        </Button>
      </div>
      <NotificationSection />
      {showsDevices && <DevicesDialog onClose={() => setShowsDevices(false)} />}
    </Dialog>
  )
}
