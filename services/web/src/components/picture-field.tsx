import type { UploadPurpose } from '@parley/contracts'
import { type ChangeEvent, useRef, useState } from 'react'
import { toRequestFailure } from '../net/request-failure.ts'
import { uploadFailureText } from '../text/upload-failures.ts'
import { Avatar } from './avatar.tsx'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import type { IconName } from './icon.tsx'
import { InlineError } from './inline-error.tsx'
import styles from './picture-field.module.css'

interface PictureFieldProps {
  /** Of whom or what it is. */
  id: string
  name: string
  symbol?: IconName
  url: string | null
  purpose: Exclude<UploadPurpose, 'message'>
  conversationId?: string
  /** Null: it is taken away. Rejects with `RequestFailure`. */
  onChange(url: string | null): Promise<void> | void
}

const TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif']

/** A picture of somebody or of a group: chosen, shown as others will see it, and taken away again. */
export function PictureField(props: PictureFieldProps) {
  const { id, name, symbol = null, url, purpose, conversationId = null, onChange } = props
  const { uploadPicture } = useSession()
  const input = useRef<HTMLInputElement>(null)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const attempt = async (act: () => Promise<void> | void) => {
    setBusy(true)
    setFailure(null)
    try {
      await act()
    } catch (err) {
      const { code, message } = toRequestFailure(err)
      setFailure(uploadFailureText(code, message))
    }
    setBusy(false)
  }
  const chosen = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? []
    // The same one may be chosen again.
    target.value = ''
    if (!file) return
    if (!TYPES.includes(file.type)) return setFailure('A picture is a JPEG, PNG, WEBP or GIF file.')
    void attempt(async () => onChange(await uploadPicture(file, purpose, conversationId)))
  }
  return (
    <div className={styles.field} data-testid="picture-field">
      <Avatar id={id} name={name} url={url} symbol={symbol} className={styles.picture} />
      <div className={styles.choices}>
        <input
          ref={input}
          type="file"
          hidden
          accept={TYPES.join(',')}
          aria-label="Picture"
          data-testid="picture-input"
          onChange={chosen}
        />
        <Button quiet data-testid="choose-picture" disabled={busy} onClick={() => input.current?.click()}>
          {busy ? 'Uploading…' : url ? 'Choose another picture' : 'Choose a picture'}
        </Button>
        {url && (
          <Button quiet data-testid="remove-picture" disabled={busy} onClick={() => void attempt(() => onChange(null))}>
            Take it away
          </Button>
        )}
        {failure && <InlineError>{failure}</InlineError>}
      </div>
    </div>
  )
}
