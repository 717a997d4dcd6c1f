import { useRef, useState } from 'react'
import { boxOf } from '../chat/picture-box.ts'
import { isolated } from '../text/names.ts'
import { FileCard } from './file-card.tsx'
import type { ShownFile } from './message-attachments.tsx'
import { placeholderImage } from './placeholder.ts'
import { UploadRing } from './upload-ring.tsx'
import { useAttachmentUrl } from './use-attachment-url.ts'
import { useUpload } from './use-uploads.ts'
import styles from './video-player.module.css'

/** A video with the browser's own controls. What this browser cannot play is a file. */
export function VideoPlayer({ file }: { file: ShownFile }) {
  const { attachment, uploadId } = file
  const upload = useUpload(uploadId)
  const { url, failed, renew } = useAttachmentUrl(attachment, {
    local: upload?.url ?? null,
    wanted: uploadId === undefined,
  })
  const [unplayable, setUnplayable] = useState(false)
  const video = useRef<HTMLVideoElement>(null)
  /** Where it was when its address ended. */
  const resumeAt = useRef<{ time: number; playing: boolean } | null>(null)
  if (failed || unplayable) return <FileCard file={file} />

  const { width, height } = boxOf(attachment)
  const onError = () => {
    const element = video.current
    // 3 and 4: what was loaded is nothing that it plays. Else the address has ended, which is asked for anew.
    if (element?.error?.code === MediaError.MEDIA_ERR_DECODE || upload) return setUnplayable(true)
    resumeAt.current = { time: element?.currentTime ?? 0, playing: element?.paused === false }
    renew()
  }
  const onLoadedMetadata = () => {
    const [element, at] = [video.current, resumeAt.current]
    resumeAt.current = null
    if (!element || !at) return
    element.currentTime = at.time
    if (at.playing) void element.play().catch(() => {})
  }
  return (
    <span
      className={styles.frame}
      style={{
        width,
        aspectRatio: `${width} / ${height}`,
        backgroundImage: placeholderImage(attachment.placeholder),
      }}
    >
      {url && (
        // biome-ignore lint/a11y/useMediaCaption: people send what they have filmed, without captions
        <video
          ref={video}
          data-testid="video"
          src={url}
          controls
          playsInline
          preload="metadata"
          aria-label={`Video: ${isolated(attachment.name)}`}
          onError={onError}
          onLoadedMetadata={onLoadedMetadata}
        />
      )}
      {uploadId !== undefined && (
        <span className={styles.progress}>
          <UploadRing uploadId={uploadId} />
        </span>
      )}
    </span>
  )
}
