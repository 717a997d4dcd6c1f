import { sentFileOf } from '../chat/sent-files.ts'
import type { Upload } from '../chat/uploads.ts'
import { endingOf, sizeText } from '../text/files.ts'
import { isolated } from '../text/names.ts'
import { useSession } from './chat-context.ts'
import { FileIcon } from './file-icon.tsx'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import { UploadRing } from './upload-ring.tsx'
import styles from './upload-tray.module.css'
import { VoicePlayer } from './voice-player.tsx'

/** What is chosen to be sent, above the line that is written. */
export function UploadTray({ tray }: { tray: readonly Upload[] }) {
  return (
    <ul className={styles.tray} data-testid="upload-tray" aria-label="Files to be sent">
      {tray.map((upload) => (
        <TrayItem key={upload.id} upload={upload} />
      ))}
    </ul>
  )
}

function TrayItem({ upload }: { upload: Upload }) {
  const { uploads } = useSession()
  const { id, file, state, voice } = upload
  const isWrong = state === 'failed' || state === 'refused'
  const name = voice ? 'Voice message' : file.name
  return (
    <li className={styles.item} data-testid="upload" data-state={state}>
      {voice && !isWrong && <VoicePlayer file={sentFileOf(upload)} />}
      {(!voice || isWrong) && <Described upload={upload} name={name} isWrong={isWrong} />}
      {!voice && <UploadRing uploadId={id} />}
      {state === 'failed' && upload.retryable && (
        <IconButton
          icon="retry"
          data-testid="retry-upload"
          label={`Try to upload ${isolated(name)} again`}
          title="Try again"
          onClick={() => uploads.retry(id)}
        />
      )}
      <IconButton
        icon="close"
        data-testid="remove-upload"
        label={state === 'uploading' ? `Cancel ${isolated(name)}` : `Remove ${isolated(name)}`}
        title={state === 'uploading' ? 'Cancel' : 'Remove'}
        onClick={() => uploads.cancel(id)}
      />
    </li>
  )
}

function Described({ upload, name, isWrong }: { upload: Upload; name: string; isWrong: boolean }) {
  const { file, kind, url, state, detail } = upload
  return (
    <>
      <span className={styles.picture}>
        {kind === 'image' && url ? (
          <img src={url} alt="" />
        ) : kind === 'video' && url ? (
          <video src={url} muted playsInline preload="metadata" aria-hidden="true" tabIndex={-1} />
        ) : (
          <FileIcon ending={endingOf({ name: file.name, mime: file.type })} />
        )}
      </span>
      <span className={styles.text}>
        <bdi className={styles.name}>{name}</bdi>
        {isWrong ? (
          <span className={styles.wrong} role="alert">
            {detail}
          </span>
        ) : (
          <span className={styles.size}>
            {sizeText(file.size)}
            {state === 'uploaded' && (
              <>
                {' '}
                <Icon name="check" />
                <span className="visually-hidden">uploaded</span>
              </>
            )}
          </span>
        )}
      </span>
    </>
  )
}
