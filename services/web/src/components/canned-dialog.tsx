import { type FormEvent, useCallback, useState } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'
import { fits } from '../text/length.ts'
import { Button } from './button.tsx'
import styles from './canned-dialog.module.css'
import { useSession } from './chat-context.ts'
import formStyles from './deal-form.module.css'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import { IconButton } from './icon-button.tsx'
import { InlineError } from './inline-error.tsx'
import { PagesEnd } from './pages-end.tsx'
import { RoomLeft } from './room-left.tsx'
import { Tag } from './tag.tsx'
import { usePages } from './use-pages.ts'

interface CannedDialogProps {
  conversationId: string
  /** What a new one begins with. */
  text: string
  onTake(text: string): void
  onClose(): void
}

/** The replies that one has at hand, as they read here: taken into the composer; one's own are made and removed. */
export function CannedDialog({ conversationId, text, onTake, onClose }: CannedDialogProps) {
  const { canned } = useSession()
  const [making, setMaking] = useState<{ shortcut: string; text: string } | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const pages = usePages(
    useCallback((cursor: string | undefined) => canned.list(conversationId, '', { cursor }), [canned, conversationId]),
  )
  const attempt = async (act: () => Promise<unknown>) => {
    setFailure(null)
    try {
      await act()
      setMaking(null)
      pages.reload()
    } catch (err) {
      setFailure(toRequestFailure(err).message)
    }
  }
  const keep = (event: FormEvent) => {
    event.preventDefault()
    if (making) void attempt(() => canned.keep(making.shortcut.trim(), making.text.trim()))
  }

  return (
    <Dialog title="Saved replies" side onClose={onClose}>
      <ul className={styles.list} data-testid="canned-replies">
        {pages.items.map((reply) => (
          <li key={`${reply.scope} ${reply.shortcut}`} className={styles.item}>
            <button
              type="button"
              className={styles.take}
              data-testid={`take-${reply.shortcut}`}
              onClick={() => {
                onTake(reply.filled ?? reply.text)
                onClose()
              }}
            >
              <span className={styles.head}>
                <bdi>/{reply.shortcut}</bdi>
                {reply.scope === 'tenant' && <Tag>For everybody</Tag>}
              </span>
              <span className={styles.words} dir="auto">
                {reply.filled ?? reply.text}
              </span>
              {reply.missing.length > 0 && (
                <span className={styles.missing}>Not known here: {reply.missing.join(', ')}</span>
              )}
            </button>
            {reply.scope === 'own' && (
              <>
                <IconButton
                  icon="edit"
                  label={`Change /${reply.shortcut}`}
                  onClick={() => setMaking({ shortcut: reply.shortcut, text: reply.text })}
                />
                <IconButton
                  icon="trash"
                  data-testid={`remove-${reply.shortcut}`}
                  label={`Remove /${reply.shortcut}`}
                  onClick={() => attempt(() => canned.remove(reply.shortcut))}
                />
              </>
            )}
          </li>
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="You have no saved replies yet." />
      {failure && <InlineError>{failure}</InlineError>}
      {making ? (
        <form className={formStyles.form} onSubmit={keep}>
          <Field label="Shortcut">
            <input
              dir="auto"
              required
              autoCapitalize="none"
              placeholder="thanks"
              data-testid="canned-shortcut"
              value={making.shortcut}
              onChange={(event) => setMaking({ ...making, shortcut: event.target.value })}
            />
            <RoomLeft text={making.shortcut.trim()} limit={MAX_SHORTCUT} />
          </Field>
          <Field label="Reply">
            <textarea
              dir="auto"
              required
              rows={3}
              data-testid="canned-text"
              value={making.text}
              onChange={(event) => setMaking({ ...making, text: event.target.value })}
            />
          </Field>
          <p className="muted">{explained}</p>
          <DialogFoot>
            <Button quiet onClick={() => setMaking(null)}>
              Cancel
            </Button>
            <Button
              type="submit"
              data-testid="keep-canned"
              disabled={
                making.shortcut.trim() === '' ||
                making.text.trim() === '' ||
                !fits(making.shortcut.trim(), MAX_SHORTCUT)
              }
            >
              Save
            </Button>
          </DialogFoot>
        </form>
      ) : (
        <Button quiet data-testid="make-canned" onClick={() => setMaking({ shortcut: '', text })}>
          New reply
        </Button>
      )}
    </Dialog>
  )
}

/** The contract's own bound. */
const MAX_SHORTCUT = 40

const explained =
  'Type / and the shortcut where you write. {{name}} becomes the name of whom you write to, {{firstName}} the first part of it, ' +
  '{{me.name}} yours, and {{context.title}} what it is about; {{name|there}} says “there” where nobody is known.'
