const DAY_MS = 86_400_000
/** Outside of these, which only imported times are, the calendar itself is asked. */
const FIRST_MS = Date.UTC(2000, 0, 1)
const LAST_MS = Date.UTC(9999, 11, 31)

let day = Number.NaN
let dayText = ''

const two = Array.from({ length: 60 }, (_, i) => String(i).padStart(2, '0'))
const three = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(3, '0'))

/**
 * A time as contracts have it, of a row by the query builder (a date) or by a function (whole milliseconds since 1970). A page has
 * dozens, mostly of one day: its date is worked out once.
 */
export function isoTime(time: Date | number): string {
  const ms = typeof time === 'number' ? time : time.getTime()
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) return new Date(ms).toISOString()
  const wanted = Math.floor(ms / DAY_MS)
  if (wanted !== day) {
    day = wanted
    dayText = new Date(ms).toISOString().slice(0, 11)
  }
  const rest = Math.floor(ms - wanted * DAY_MS)
  const minutes = Math.floor(rest / 60_000)
  return `${dayText}${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[Math.floor(rest / 1_000) % 60]}.${three[rest % 1_000]}Z`
}

export const isoTimeOrNull = (time: Date | number | null) => (time === null ? null : isoTime(time))
