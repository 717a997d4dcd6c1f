import type { LinkPreview } from '@parley/contracts'
import { variantFor } from '../chat/picture-box.ts'
import styles from './link-card.module.css'
import { placeholderImage } from './placeholder.ts'
import { useAttachmentUrl } from './use-attachment-url.ts'

/** What the page behind a link says of itself. */
export function LinkCard({ preview: { url, title, description, siteName, image } }: { preview: LinkPreview }) {
  return (
    <a className={styles.card} href={url} target="_blank" rel="noopener noreferrer" data-testid="link-card">
      {image?.status === 'ready' && <Picture image={image} />}
      <span className={styles.text} dir="auto">
        <span className={styles.site}>{siteName ?? hostOf(url)}</span>
        <span className={styles.title}>{title}</span>
        {description && <span className={styles.description}>{description}</span>}
      </span>
    </a>
  )
}

function Picture({ image }: { image: NonNullable<LinkPreview['image']> }) {
  const { url, failed, renew } = useAttachmentUrl(image, { variant: variantFor(image, 320, devicePixelRatio) })
  return (
    <span className={styles.picture} style={{ backgroundImage: placeholderImage(image.placeholder) }}>
      {url && !failed && <img src={url} alt="" loading="lazy" decoding="async" onError={renew} />}
    </span>
  )
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
