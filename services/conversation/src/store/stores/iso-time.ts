/** A time as contracts have it, of a row by the query builder (a date) or by a function (milliseconds since 1970). */
export const isoTime = (time: Date | number) => new Date(time).toISOString()

export const isoTimeOrNull = (time: Date | number | null) => (time === null ? null : isoTime(time))
