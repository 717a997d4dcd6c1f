import type { OwnSession } from '@parley/contracts'
import { useCallback, useState } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'
import { agoText, fullTime, listTime } from '../text/dates.ts'
import { deviceText } from '../text/devices.ts'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import styles from './devices-dialog.module.css'
import { Dialog, DialogFoot } from './dialog.tsx'
import { InlineError } from './inline-error.tsx'
import { PagesEnd } from './pages-end.tsx'
import { Tag } from './tag.tsx'
import { useMinutes } from './use-minutes.ts'
import { usePages } from './use-pages.ts'

/** Where one is signed in, and where one signs out what is not at hand. */
export function DevicesDialog({ onClose }: { onClose(): void }) {
  const { account } = useSession()
  // False: some are not known at the moment.
  const [complete, setComplete] = useState(true)
  const [said, setSaid] = useState('')
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [asks, setAsks] = useState(false)
  const pages = usePages(
    useCallback(async () => {
      const known = await account.listSessions()
      setComplete(known.complete)
      const [current, others] = [known.sessions.filter(isCurrent), known.sessions.filter((one) => !isCurrent(one))]
      return { data: [...current, ...others], nextCursor: null, hasMore: false }
    }, [account]),
  )
  const others = pages.items.filter((one) => !isCurrent(one))

  const end = async (ended: readonly OwnSession[]) => {
    setBusy(true)
    setFailure(null)
    setSaid('')
    try {
      for (const { sessionId } of ended) {
        await account.endSession(sessionId)
        pages.change((items) => items.filter((item) => item.sessionId !== sessionId))
      }
      setSaid(
        ended.length === 1 ? `Signed out of ${deviceText(ended[0]!.userAgent)}.` : 'Signed out of all other devices.',
      )
    } catch (err) {
      setFailure(toRequestFailure(err).message)
    }
    setBusy(false)
  }

  return (
    <Dialog title="Your devices" onClose={onClose}>
      <p className="muted">Where you are signed in and connected now.</p>
      <ul className={styles.devices} data-testid="devices">
        {pages.items.map((one) => (
          <Device key={one.sessionId} session={one} busy={busy} onEnd={() => void end([one])} />
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="This device is not connected at the moment." />
      {pages.status === 'ready' && !complete && (
        <p className="muted" data-testid="devices-incomplete">
          Not all are known at the moment.{' '}
          <Button quiet onClick={pages.reload}>
            Look again
          </Button>
        </p>
      )}
      <p className="muted" role="status">
        {said}
      </p>
      {failure && <InlineError>{failure}</InlineError>}
      {others.length > 1 && (
        <DialogFoot>
          <Button quiet danger data-testid="end-other-sessions" disabled={busy} onClick={() => setAsks(true)}>
            Sign out of all others
          </Button>
        </DialogFoot>
      )}
      {asks && (
        <ConfirmDialog
          title={`Sign out of ${others.length} other devices?`}
          action="Sign out"
          keep="Keep them"
          testId="confirm-end-sessions"
          onConfirm={() => void end(others)}
          onClose={() => setAsks(false)}
        >
          <p>You stay signed in here. What is not sent yet on the others is lost there.</p>
        </ConfirmDialog>
      )}
    </Dialog>
  )
}

const isCurrent = ({ current }: OwnSession) => current

interface DeviceProps {
  session: OwnSession
  busy: boolean
  onEnd(): void
}

function Device({ session, busy, onEnd }: DeviceProps) {
  const { userAgent, connectedAt, lastSeenAt, sockets, current } = session
  useMinutes(true)
  const device = deviceText(userAgent)
  const since = listTime(connectedAt)
  const ago = agoText(lastSeenAt)
  return (
    <li data-testid="device" data-current={current || undefined}>
      <span className={styles.what}>
        <span className={styles.name}>
          <bdi title={userAgent ?? undefined}>{device}</bdi>
          {current && <Tag>This device</Tag>}
        </span>
        <span className="muted">
          Connected since{' '}
          <time dateTime={connectedAt} title={fullTime(connectedAt)}>
            {since}
          </time>
          {ago === 'Just now' ? ', in use now' : `, last seen ${ago}`}
          {sockets > 1 && `, in ${sockets} windows`}
        </span>
      </span>
      {!current && (
        <Button
          quiet
          danger
          data-testid="end-session"
          aria-label={`Sign out of ${device}, connected since ${since}`}
          disabled={busy}
          onClick={onEnd}
        >
          Sign out
        </Button>
      )}
    </li>
  )
}
