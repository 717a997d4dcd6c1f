import type { Attachment } from '@parley/contracts'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { variantFor } from '../chat/picture-box.ts'
import { isolated } from '../text/names.ts'
import { useChat } from './chat-context.ts'
import styles from './gallery.module.css'
import { IconButton } from './icon-button.tsx'
import { placeholderImage } from './placeholder.ts'
import { useAttachmentUrl } from './use-attachment-url.ts'
import { useDownload } from './use-download.ts'
import { useOverlay } from './use-overlay.ts'

interface GalleryProps {
  conversationId: string
  /** The picture that it begins with. */
  attachmentId: string
  onClose(): void
}

/** All pictures of a conversation that are loaded, one at a time: the arrows go through them, Escape and "back" close it. */
export default function Gallery({ conversationId, attachmentId, onClose }: GalleryProps) {
  const messages = useChat((state) => state.timelines[conversationId]?.messages)
  const pictures = (messages ?? [])
    .filter(({ deletedAt }) => deletedAt === null)
    .flatMap(({ attachments }) => attachments)
    .filter(({ kind, status }) => kind === 'image' && status === 'ready')
  const [shownId, setShownId] = useState(attachmentId)
  const [zoomed, setZoomed] = useState(false)
  const download = useDownload()
  const dialog = useRef<HTMLDialogElement>(null)
  useOverlay(onClose)
  const index = pictures.findIndex(({ id }) => id === shownId)
  const picture = pictures[index]

  useEffect(() => {
    const element = dialog.current
    const opener = document.activeElement
    element?.showModal()
    return () => {
      element?.close()
      if (opener instanceof HTMLElement) opener.focus()
    }
  }, [])
  // Its message has been deleted meanwhile.
  useEffect(() => {
    if (!picture) onClose()
  }, [picture, onClose])
  if (!picture) return null

  const go = (step: number) => {
    const next = pictures[index + step]
    if (!next) return
    setZoomed(false)
    setShownId(next.id)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation()
    // Zoomed in, the arrows move within the picture.
    const step = zoomed ? undefined : { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (step) {
      event.preventDefault()
      go(step)
    } else if (event.key === '+' || event.key === '-') setZoomed(event.key === '+')
  }
  return (
    <dialog
      ref={dialog}
      className={styles.gallery}
      data-testid="gallery"
      aria-label={`Photo ${index + 1} of ${pictures.length}: ${isolated(picture.name)}`}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onKeyDown={onKeyDown}
    >
      <header className={styles.head}>
        <span className={styles.title}>
          <bdi className={styles.name}>{picture.name}</bdi>
          <span aria-live="polite" data-testid="gallery-place">
            {index + 1} of {pictures.length}
          </span>
        </span>
        <IconButton
          icon="search"
          data-testid="gallery-zoom"
          label={zoomed ? 'Fit the photo to the window' : 'Show the photo in its own size'}
          title={zoomed ? 'Fit' : 'Own size'}
          aria-pressed={zoomed}
          onClick={() => setZoomed(!zoomed)}
        />
        <IconButton
          icon="download"
          data-testid="gallery-download"
          label={`Download ${isolated(picture.name)}`}
          title="Download"
          onClick={() => void download(picture)}
        />
        <IconButton icon="close" label="Close" title="Close" data-testid="gallery-close" onClick={onClose} />
      </header>
      <Stage key={picture.id} picture={picture} zoomed={zoomed} onZoom={() => setZoomed(!zoomed)} onSwipe={go} />
      <IconButton
        icon="back"
        className={styles.before}
        data-testid="gallery-before"
        label="Photo before"
        disabled={index === 0}
        onClick={() => go(-1)}
      />
      <IconButton
        icon="next"
        className={styles.after}
        data-testid="gallery-after"
        label="Next photo"
        disabled={index === pictures.length - 1}
        onClick={() => go(1)}
      />
    </dialog>
  )
}

interface StageProps {
  picture: Attachment
  zoomed: boolean
  onZoom(): void
  onSwipe(step: number): void
}

const SWIPE_PX = 60

/** The picture: whole, or in its own size, where one scrolls in it. */
function Stage({ picture, zoomed, onZoom, onSwipe }: StageProps) {
  const fitting = useAttachmentUrl(picture, { variant: variantFor(picture, innerWidth, devicePixelRatio) })
  const original = useAttachmentUrl(picture, { wanted: zoomed })
  const [shown, setShown] = useState(false)
  const begunAt = useRef<number | null>(null)
  const { url, failed, renew } = zoomed && original.url ? original : fitting
  const { width, height, name, placeholder } = picture
  return (
    <div
      className={styles.stage}
      data-zoomed={zoomed || undefined}
      tabIndex={zoomed ? 0 : undefined}
      onTouchStart={({ touches }) => {
        begunAt.current = touches.length === 1 && !zoomed ? (touches[0]?.clientX ?? null) : null
      }}
      onTouchEnd={({ changedTouches }) => {
        const moved = (changedTouches[0]?.clientX ?? 0) - (begunAt.current ?? 0)
        if (begunAt.current !== null && Math.abs(moved) > SWIPE_PX) onSwipe(moved < 0 ? 1 : -1)
        begunAt.current = null
      }}
    >
      {failed ? (
        <p>This photo cannot be loaded.</p>
      ) : (
        url && (
          // By keyboard there are the button above, + and -.
          // biome-ignore lint/a11y/useKeyWithClickEvents: a larger target for pointers only
          <img
            src={url}
            alt={isolated(name)}
            data-testid="gallery-picture"
            draggable={false}
            {...(width && height && { width, height })}
            style={{ backgroundImage: shown ? undefined : placeholderImage(placeholder) }}
            onLoad={() => setShown(true)}
            onError={renew}
            onClick={onZoom}
          />
        )
      )}
    </div>
  )
}
