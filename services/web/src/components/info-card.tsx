import { type CardContent, mapAddress } from '../chat/cards.ts'
import { isolated } from '../text/names.ts'
import { Icon } from './icon.tsx'
import styles from './info-card.module.css'

/** A place, which leads to a map; or a contact, with how to reach them. */
export function InfoCard({ card }: { card: CardContent }) {
  if (card.kind === 'location') {
    const title = card.name ?? 'A place'
    return (
      <section className={styles.card} data-testid="card" data-kind="location" aria-label={`Place: ${title}`}>
        <Title icon="place" text={title} />
        {card.address && (
          <p className={styles.more} dir="auto">
            {card.address}
          </p>
        )}
        <a href={mapAddress(card)} target="_blank" rel="noopener noreferrer">
          {card.latitude.toFixed(5)}, {card.longitude.toFixed(5)}
          <span className="visually-hidden"> on OpenStreetMap</span>
        </a>
      </section>
    )
  }
  return (
    <section
      className={styles.card}
      data-testid="card"
      data-kind="contact"
      aria-label={`Contact: ${isolated(card.name)}`}
    >
      <Title icon="person" text={card.name} />
      {card.organization && (
        <p className={styles.more} dir="auto">
          {card.organization}
        </p>
      )}
      {card.phones?.map((phone) => (
        <a key={phone} dir="ltr" href={`tel:${phone.replace(/[^+0-9*#]/g, '')}`}>
          {phone}
        </a>
      ))}
      {card.emails?.map((email) => (
        <a key={email} dir="ltr" href={`mailto:${encodeURIComponent(email).replace('%40', '@')}`}>
          {email}
        </a>
      ))}
    </section>
  )
}

function Title({ icon, text }: { icon: 'place' | 'person'; text: string }) {
  return (
    <p className={styles.title}>
      <Icon name={icon} />
      <span dir="auto">{text}</span>
    </p>
  )
}
