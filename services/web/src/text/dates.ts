import { clockOf, languageTag } from './language.ts'

/** Where there is no browser, the page's own language. */
const preferred = globalThis.navigator?.languages ?? []
const tag = languageTag(preferred)
const hourCycle = clockOf(preferred)
/** Two digits read well on a clock of 24 hours, and not before "pm". */
const hour = hourCycle.startsWith('h2') ? '2-digit' : 'numeric'
const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(tag, options)

const time = format({ hour, minute: '2-digit', hourCycle })
const weekday = format({ weekday: 'short' })
const dayMonth = format({ day: 'numeric', month: 'short' })
const longDay = format({ weekday: 'long', day: 'numeric', month: 'long' })
const withYear = format({ day: 'numeric', month: 'short', year: 'numeric' })
const full = format({ dateStyle: 'full', timeStyle: 'short', hourCycle })
const dateAndTime = format({ dateStyle: 'medium', timeStyle: 'short', hourCycle })
const number = new Intl.NumberFormat(tag)

export function numberText(value: number): string {
  return number.format(value)
}

export function clockTime(iso: string): string {
  return time.format(new Date(iso))
}

export function fullTime(iso: string): string {
  return full.format(new Date(iso))
}

/** Days between two moments in the reader's own time zone; daylight saving makes some of them 23 or 25 hours long. */
export function daysAgo(iso: string, now = new Date()): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
  return Math.round((midnight(now) - midnight(new Date(iso))) / 86_400_000)
}

/** As short as a list wants it: the time today, then the weekday, then the date. */
export function listTime(iso: string, now = new Date()): string {
  const days = daysAgo(iso, now)
  const date = new Date(iso)
  if (days <= 0) return time.format(date)
  if (days === 1) return 'Yesterday'
  if (days < 7) return weekday.format(date)
  return date.getFullYear() === now.getFullYear() ? dayMonth.format(date) : withYear.format(date)
}

export function dayLabel(iso: string, now = new Date()): string {
  const days = daysAgo(iso, now)
  const date = new Date(iso)
  if (days <= 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return date.getFullYear() === now.getFullYear() ? longDay.format(date) : withYear.format(date)
}

/** A day and a time without the weekday: for deadlines. */
export function fullDate(iso: string): string {
  return dateAndTime.format(new Date(iso))
}

/** "14 May" of a date without a time. */
export function dayMonthOf(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return dayMonth.format(new Date(year, month - 1, date))
}

/** Where the reader's clock is (IANA). */
export const ownTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** Whether a clock in that zone shows another time then than the reader's. */
export function differsIn(timeZone: string, iso: string): boolean {
  const at = new Date(iso)
  const shown = (zone?: string) =>
    format({ dateStyle: 'short', timeStyle: 'short', ...(zone && { timeZone: zone }) }).format(at)
  try {
    return shown() !== shown(timeZone)
  } catch {
    // a zone that this browser does not know
    return false
  }
}

/** A moment as a field for a day and a time has it, by the clock here. */
export function fieldTime(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const day = [String(at.getFullYear()).padStart(4, '0'), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

const MORNING = 9
const MONDAY = 1

/** When people like to send what is for later: the next morning, and that of the next Monday. */
export function laterTimes(now: Date): Date[] {
  const morning = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING)
  const toMonday = (MONDAY - now.getDay() + 7) % 7 || 7
  return toMonday === 1 ? [morning(1)] : [morning(1), morning(toMonday)]
}

const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' })
const MINUTE_MS = 60_000

/** How long ago something was: of more than a day as a list has it. */
export function agoText(iso: string, now = new Date()): string {
  const minutes = Math.floor((now.getTime() - Date.parse(iso)) / MINUTE_MS)
  if (minutes < 1) return 'Just now'
  if (minutes < 60) return relative.format(-minutes, 'minute')
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? relative.format(-hours, 'hour') : listTime(iso, now)
}
