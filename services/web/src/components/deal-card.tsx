import type { Message } from '@parley/contracts'
import { moneyText, timeText } from '@parley/contracts/message-text'
import { useState } from 'react'
import { actionsOnDeal, type Deal, type RequestedTime } from '../chat/deals.ts'
import { differsIn, fullDate } from '../text/dates.ts'
import { actionWords, dealNames, durationText, statusText, toneOf } from '../text/deals.ts'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import styles from './deal-card.module.css'
import { Icon } from './icon.tsx'
import { OfferDialog } from './offer-dialog.tsx'
import { useMoment } from './use-moment.ts'

interface DealCardProps {
  message: Message
  deal: Deal
  /** Somebody may act here. */
  write: boolean
}

/** An offer or a booking request: what it is, how it stands, and what this reader can do about it. */
export function DealCard({ message, deal, write }: DealCardProps) {
  const { messages } = useSession()
  const own = useChat((state) => state.me?.userId === message.senderId)
  const [busy, setBusy] = useState(false)
  const [countering, setCountering] = useState(false)
  const times = deal.kind === 'booking_request' ? deal.requestedFor : []
  const [chosen, setChosen] = useState(0)
  useMoment(deal.expiresAt ?? null)
  const actions = write ? actionsOnDeal(deal, own) : []
  const choosesTime = actions.includes('confirm') && times.length > 1
  const act = async (action: (typeof actions)[number]) => {
    if (action === 'counter') return setCountering(true)
    setBusy(true)
    const time = times[chosen]
    await messages.act(message.id, action, action === 'confirm' && time ? { chosen: time } : {})
    setBusy(false)
  }
  const agreed = deal.kind === 'booking_request' ? deal.chosen : undefined

  return (
    <section
      className={styles.card}
      data-testid="deal"
      data-status={deal.status}
      aria-label={`${dealNames[deal.kind]}: ${deal.title}`}
    >
      <header className={styles.head}>
        <Icon name={deal.kind === 'service_offer' ? 'tag' : 'calendar'} />
        <span>{dealNames[deal.kind]}</span>
        <span className={styles.status} data-tone={toneOf(deal.status)} role="status" data-testid="deal-status">
          {statusText(deal.status)}
        </span>
      </header>
      <p className={styles.title} dir="auto">
        {deal.title}
      </p>
      {deal.kind === 'service_offer' && (
        <p className={styles.amount} data-testid="deal-amount">
          {moneyText(deal.amount, deal.currency, navigator.language)}
        </p>
      )}
      {agreed ? (
        <Time time={agreed} />
      ) : (
        times.length > 0 && (
          <ul className={styles.times}>
            {times.map((time, index) => (
              <li key={`${time.start} ${time.timeZone}`}>
                {choosesTime ? (
                  <label className={styles.choice}>
                    <input
                      type="radio"
                      name={`time-${message.id}`}
                      checked={index === chosen}
                      data-testid={`time-${index}`}
                      onChange={() => setChosen(index)}
                    />
                    <Time time={time} />
                  </label>
                ) : (
                  <Time time={time} />
                )}
              </li>
            ))}
          </ul>
        )
      )}
      {deal.note && (
        <p className={styles.note} dir="auto">
          {deal.note}
        </p>
      )}
      <p className={styles.facts}>
        {deal.durationMinutes !== undefined && (
          <span>
            <Icon name="clock" /> {durationText(deal.durationMinutes)}
          </span>
        )}
        {deal.expiresAt && deal.status === 'pending' && <span>Open until {fullDate(deal.expiresAt)}</span>}
        {deal.reason && <span dir="auto">“{deal.reason}”</span>}
      </p>
      {actions.length > 0 && (
        <div className={styles.actions}>
          {actions.map((action) => (
            <Button
              key={action}
              quiet={action !== 'accept' && action !== 'confirm'}
              danger={action === 'decline' || action === 'withdraw' || action === 'cancel'}
              disabled={busy}
              data-testid={`deal-${action}`}
              onClick={() => act(action)}
            >
              {action === 'cancel' && deal.status === 'pending' ? 'Take back' : actionWords[action]}
            </Button>
          ))}
        </div>
      )}
      {countering && deal.kind === 'service_offer' && (
        <OfferDialog
          begun={deal}
          title="Counter-offer"
          send={(payload, clientId) => messages.counter(message.id, payload, clientId)}
          onClose={() => setCountering(false)}
        />
      )}
    </section>
  )
}

/** In the zone of who asked; and in the reader's own, where that is another. */
function Time({ time }: { time: RequestedTime }) {
  return (
    <span className={styles.time}>
      <span>{timeText(time, navigator.language)}</span>
      {differsIn(time.timeZone, time.start) && (
        <span className={styles.zone}>
          {time.timeZone.replaceAll('_', ' ')} · {fullDate(time.start)} for you
        </span>
      )}
    </span>
  )
}
