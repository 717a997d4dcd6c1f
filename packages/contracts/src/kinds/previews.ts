import type { Attachment } from '../shapes/attachment.ts'
import type { Message } from '../shapes/message.ts'
import { shownLine } from '../shapes/shown-text.ts'
import type { BookingRequestPayload, RequestedTime } from './booking-request.ts'
import type { ContactPayload } from './contact.ts'
import type { LocationPayload } from './location.ts'
import { knownLocale, moneyText } from './money.ts'
import type { ServiceOfferPayload } from './service-offer.ts'

/** What of a message its preview is made of. */
export type Previewed = Pick<Message, 'type' | 'content' | 'payload'> &
  Partial<Pick<Message, 'deletedAt'>> & {
    attachments?: readonly Pick<Attachment, 'kind' | 'name' | 'durationMs' | 'peaks'>[]
  }

/** A preview has at most so many characters. */
export const MAX_PREVIEW = 200

/**
 * One line that stands for the message, in lists, notifications and answers, with numbers as people of the locale write them; empty
 * where it is deleted. A page may call it: no schema comes with it.
 */
export function previewOf(message: Previewed, locale = 'en'): string {
  if (message.deletedAt) return ''
  return cut(shownLine(lineOf(message, knownLocale(locale)).slice(0, 5 * MAX_PREVIEW)))
}

/** The line of each kind with a payload. It says what it is without a word of any language. */
const lines: Readonly<Record<string, (payload: never, content: string, locale: string) => string>> = {
  location({ name, address, latitude, longitude }: LocationPayload, content, locale) {
    const shown = new Intl.NumberFormat(locale, { maximumFractionDigits: 5 })
    return `📍 ${content || name || address || `${shown.format(latitude)} ${shown.format(longitude)}`}`
  },
  contact: ({ name }: ContactPayload, content) => `👤 ${content || name}`,
  service_offer: ({ title, amount, currency }: ServiceOfferPayload, _, locale) =>
    `💼 ${title} · ${moneyText(amount, currency, locale)}`,
  booking_request({ title, requestedFor: [first, ...others] }: BookingRequestPayload, _, locale) {
    const times = first ? ` · ${timeText(first, locale)}${others.length > 0 ? ` (+${others.length})` : ''}` : ''
    return `📅 ${title}${times}`
  },
}

const media: Readonly<Record<string, string>> = { image: '🖼️', video: '🎬', audio: '🎵', file: '📎' }

function lineOf({ type, content, payload, attachments = [] }: Previewed, locale: string): string {
  const line = Object.hasOwn(lines, type) ? lines[type] : undefined
  if (line && payload) {
    try {
      return line(payload as never, content, locale)
    } catch {
      // what another version has written may not have what this one looks for
      return content
    }
  }
  const [first, ...others] = attachments
  if (first) {
    const isVoice = first.kind === 'audio' && first.peaks !== undefined
    const name = isVoice && first.durationMs !== null ? clockText(first.durationMs) : first.name
    const more = others.length > 0 ? ` (+${others.length})` : ''
    return `${isVoice ? '🎤' : media[first.kind]} ${content || `${name}${more}`}`
  }
  if (Object.hasOwn(media, type)) return `${media[type]} ${content}`
  // a tenant's own, or one of a later version
  return content || type.replaceAll(/[_.-]+/g, ' ')
}

/** Minutes and seconds, as players say them. */
function clockText(durationMs: number): string {
  const seconds = Math.round(durationMs / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** The time in its own zone, as people of that locale write it. */
export function timeText({ start, timeZone }: RequestedTime, locale: string): string {
  const format = { dateStyle: 'medium', timeStyle: 'short', timeZone } as const
  return new Intl.DateTimeFormat(knownLocale(locale), format).format(new Date(start))
}

/** Never through the middle of a character. */
function cut(line: string): string {
  if (line.length <= MAX_PREVIEW) return line
  const characters = [...line]
  return characters.length <= MAX_PREVIEW ? line : `${characters.slice(0, MAX_PREVIEW - 1).join('')}…`
}
