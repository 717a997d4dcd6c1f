import { type ChangeEvent, useRef } from 'react'
import { acceptOf, rulesOf, takes } from '../chat/upload-rules.ts'
import { useChat } from './chat-context.ts'
import styles from './compose-menu.module.css'
import { Icon, type IconName } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import { useMenu } from './use-menu.ts'

/** What is made in a form of its own, besides text that is sent at once. */
export type Made = 'service_offer' | 'booking_request' | 'later' | 'canned'

const choices: readonly { kind: Made; icon: IconName; text: string; testId: string }[] = [
  { kind: 'service_offer', icon: 'tag', text: 'Make an offer', testId: 'make-offer' },
  { kind: 'booking_request', icon: 'calendar', text: 'Request a booking', testId: 'make-booking' },
  { kind: 'later', icon: 'clock', text: 'Send later', testId: 'send-later' },
  { kind: 'canned', icon: 'bolt', text: 'Saved replies', testId: 'open-canned' },
]

/** Phones take a picture; others have no better way to choose one than as a file. */
const touch = matchMedia('(hover: none)')

interface Source {
  id: string
  icon: IconName
  text: string
  /** It is taken now, by the camera of a phone. */
  camera: boolean
  accept: string
  offered: boolean
}

interface ComposeMenuProps {
  onMake(kind: Made): void
  onChoose(files: File[]): void
}

/** What can be sent besides a text: files, and what has a form of its own. */
export function ComposeMenu({ onMake, onChoose }: ComposeMenuProps) {
  const policy = useChat((state) => state.policy)
  const root = useRef<HTMLDivElement>(null)
  const { open, setOpen, onKeyDown } = useMenu<true>(root)

  const pick = useRef<HTMLInputElement>(null)
  const rules = rulesOf(policy)
  const sources: readonly Source[] = [
    {
      ...{ id: 'attach-photo', icon: 'image', text: 'Photo or video', camera: false },
      accept: acceptOf(rules, ['image', 'video']),
      offered: takes(rules, 'image') || takes(rules, 'video'),
    },
    {
      ...{ id: 'attach-camera', icon: 'camera', text: 'Camera', camera: true },
      accept: 'image/*',
      offered: touch.matches && takes(rules, 'image'),
    },
    {
      ...{ id: 'attach-file', icon: 'file', text: 'File', camera: false },
      accept: acceptOf(rules, ['image', 'video', 'audio', 'file']),
      offered: takes(rules, 'file') || takes(rules, 'audio'),
    },
  ]
  const browse = ({ accept, camera }: { accept: string; camera: boolean }) => {
    setOpen(null)
    const input = pick.current
    if (!input) return
    input.accept = accept
    if (camera) input.setAttribute('capture', 'environment')
    else input.removeAttribute('capture')
    input.multiple = !camera
    input.click()
  }
  const chosen = ({ target }: ChangeEvent<HTMLInputElement>) => {
    onChoose([...(target.files ?? [])])
    // The same file may be chosen again.
    target.value = ''
  }

  const make = (kind: Made) => {
    setOpen(null)
    onMake(kind)
  }

  return (
    <div className={styles.root} ref={root}>
      <IconButton
        icon="plus"
        data-testid="compose-more"
        label="More to send"
        title="More to send"
        aria-haspopup="menu"
        aria-expanded={open !== null}
        onClick={() => setOpen(open ? null : true)}
      />
      <input
        ref={pick}
        type="file"
        multiple
        hidden
        data-testid="file-input"
        aria-label="Files to be sent"
        onChange={chosen}
      />
      {open && (
        <div className={styles.menu} role="menu" tabIndex={-1} onKeyDown={onKeyDown}>
          {sources.map(
            (source) =>
              source.offered && (
                <button
                  key={source.id}
                  type="button"
                  role="menuitem"
                  tabIndex={-1}
                  data-testid={source.id}
                  onClick={() => browse(source)}
                >
                  <Icon name={source.icon} /> {source.text}
                </button>
              ),
          )}
          {choices.map(({ kind, icon, text, testId }) => (
            <button
              key={kind}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-testid={testId}
              onClick={() => make(kind)}
            >
              <Icon name={icon} /> {text}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
