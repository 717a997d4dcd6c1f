import styles from './upload-ring.module.css'
import { useUpload } from './use-uploads.ts'

const R = 15
const AROUND = 2 * Math.PI * R

/** How far an upload is. Nothing where it is not on its way. */
export function UploadRing({ uploadId }: { uploadId: string }) {
  const upload = useUpload(uploadId)
  if (!upload || (upload.state !== 'uploading' && upload.state !== 'waiting')) return null
  const percent = Math.round(upload.progress * 100)
  return (
    <span
      className={styles.ring}
      role="progressbar"
      aria-label={`Uploading ${upload.file.name}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      data-testid="upload-progress"
    >
      <svg viewBox="0 0 36 36" aria-hidden="true">
        <circle cx="18" cy="18" r={R} />
        <circle
          cx="18"
          cy="18"
          r={R}
          strokeDasharray={AROUND}
          // A little from the beginning: it has begun.
          strokeDashoffset={AROUND * (1 - Math.max(upload.progress, 0.04))}
        />
      </svg>
    </span>
  )
}
