import type { QuietHours } from '@parley/contracts'
import { DateTime } from 'luxon'

/** No clock is set forward or back by more at once. */
const LARGEST_CHANGE = { hours: 25 }

/**
 * When the quiet hours that it is in end; null where it is in none. They begin and end as the clock of their place shows it: a time that
 * the clock skips is the moment when it is set forward, and of one that it shows twice they begin at the first and end at the second.
 */
export function endOfQuiet({ from, to, timeZone }: QuietHours, now: Date): Date | null {
  const today = DateTime.fromJSDate(now, { zone: timeZone }).startOf('day')
  // those that began yesterday may still last
  for (const day of [today.minus({ days: 1 }), today]) {
    const start = momentOf(day, from, 'first')
    const end = momentOf(to > from ? day : day.plus({ days: 1 }), to, 'last')
    if (start <= now && now < end) return end
  }
  return null
}

/** When the clock shows that time on that day. */
function momentOf(day: DateTime, time: string, which: 'first' | 'last'): Date {
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const { year, month, day: dayOfMonth } = day
  const shown = DateTime.fromObject({ year, month, day: dayOfMonth, hour, minute }, { zone: day.zone })
  if (shown.hour !== hour || shown.minute !== minute) return whenSetForward(shown)
  const moments = shown.getPossibleOffsets().map((moment) => moment.toMillis())
  return new Date(which === 'first' ? Math.min(...moments) : Math.max(...moments))
}

/** The first moment with the offset that holds at this one. */
function whenSetForward(after: DateTime): Date {
  let [low, high] = [after.minus(LARGEST_CHANGE).toMillis(), after.toMillis()]
  const offsetAt = (ms: number) => DateTime.fromMillis(ms, { zone: after.zone }).offset
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle) === after.offset) high = middle
    else low = middle
  }
  return new Date(high)
}
