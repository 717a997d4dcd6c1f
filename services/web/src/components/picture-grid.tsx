import { boxOf, MAX_TILES, variantFor } from '../chat/picture-box.ts'
import { spokenFile } from '../text/files.ts'
import { isolated } from '../text/names.ts'
import { AttachmentState } from './attachment-state.tsx'
import { Icon } from './icon.tsx'
import type { ShownFile } from './message-attachments.tsx'
import styles from './picture-grid.module.css'
import { placeholderImage } from './placeholder.ts'
import { UploadRing } from './upload-ring.tsx'
import { useAttachmentUrl } from './use-attachment-url.ts'
import { useUpload } from './use-uploads.ts'

interface PictureGridProps {
  files: readonly ShownFile[]
  onOpen?: ((id: string) => void) | undefined
}

/** One picture in its own shape, or several as squares. Their boxes are as large before they are loaded as after. */
export function PictureGrid({ files, onOpen }: PictureGridProps) {
  const shown = files.slice(0, MAX_TILES)
  const more = files.length - shown.length
  const [first] = files
  if (!first) return null
  const box = boxOf(first.attachment)
  const style = files.length === 1 ? { width: box.width, aspectRatio: `${box.width} / ${box.height}` } : undefined
  return (
    <div className={styles.grid} data-count={shown.length} style={style}>
      {shown.map((file, index) => (
        <Tile
          key={file.uploadId ?? file.attachment.id}
          file={file}
          size={files.length === 1 ? Math.max(box.width, box.height) : 160}
          more={index === shown.length - 1 ? more : 0}
          onOpen={onOpen}
        />
      ))}
    </div>
  )
}

interface TileProps {
  file: ShownFile
  /** CSS pixels. */
  size: number
  /** How many pictures it stands for besides its own. */
  more: number
  onOpen?: ((id: string) => void) | undefined
}

function Tile({ file: { attachment, uploadId }, size, more, onOpen }: TileProps) {
  const upload = useUpload(uploadId)
  const { url, failed, renew } = useAttachmentUrl(attachment, {
    variant: variantFor(attachment, size, devicePixelRatio),
    local: upload?.url ?? null,
    wanted: uploadId === undefined,
  })
  const { id, name, placeholder, status } = attachment
  const isReady = status === 'ready'
  const content = (
    <>
      <span className="visually-hidden">{spokenFile({ kind: 'image', name: isolated(name) })}</span>
      {isReady && url && !failed && (
        <img src={url} alt="" loading="lazy" decoding="async" draggable={false} onError={renew} />
      )}
      {isReady && failed && <Icon name="image" />}
      {!isReady && <AttachmentState status={status} />}
      {more > 0 && (
        <span className={styles.more}>
          +{more}
          <span className="visually-hidden"> more</span>
        </span>
      )}
      {uploadId !== undefined && (
        <span className={styles.progress}>
          <UploadRing uploadId={uploadId} />
        </span>
      )}
    </>
  )
  const look = { className: styles.tile, style: { backgroundImage: placeholderImage(placeholder) } }
  if (!onOpen || !isReady)
    return (
      <span {...look} data-testid="picture">
        {content}
      </span>
    )
  return (
    <button type="button" {...look} data-testid="picture" onClick={() => onOpen(id)}>
      {content}
    </button>
  )
}
