import { endingOf, sizeText, typeText } from '../text/files.ts'
import { AttachmentState } from './attachment-state.tsx'
import styles from './file-card.module.css'
import { FileIcon } from './file-icon.tsx'
import { Icon } from './icon.tsx'
import type { ShownFile } from './message-attachments.tsx'
import { UploadRing } from './upload-ring.tsx'
import { useDownload } from './use-download.ts'

/** A file by its name and size: it is downloaded. */
export function FileCard({ file: { attachment, uploadId } }: { file: ShownFile }) {
  const download = useDownload()
  const { name, size, mime, status } = attachment
  const content = (
    <>
      <FileIcon ending={endingOf(attachment)} />
      <span className={styles.text}>
        <bdi className={styles.name}>{name}</bdi>
        {status === 'ready' ? (
          <span className={styles.facts}>
            {sizeText(size)} · {typeText(mime)}
          </span>
        ) : (
          <AttachmentState status={status} />
        )}
      </span>
      {uploadId !== undefined && <UploadRing uploadId={uploadId} />}
    </>
  )
  if (uploadId !== undefined || status !== 'ready')
    return (
      <span className={styles.card} data-testid="file-card" data-status={status}>
        {content}
      </span>
    )
  return (
    <button
      type="button"
      className={styles.card}
      data-testid="file-card"
      data-status={status}
      onClick={() => void download(attachment)}
    >
      <span className="visually-hidden">Download </span>
      {content}
      <Icon name="download" />
    </button>
  )
}
