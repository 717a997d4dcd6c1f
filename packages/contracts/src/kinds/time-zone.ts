/** Whether IANA has a time zone of that name, as far as this machine knows. */
export function isTimeZone(timeZone: string): boolean {
  // offsets such as +01:00 are no places: they know nothing of summer
  if (!/^[A-Za-z]/.test(timeZone)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}
