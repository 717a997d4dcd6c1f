/** ISO 4217: how many digits the minor unit has where they are not two. What CLDR shows of a currency is another matter. */
const DIGITS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((one) => [one, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((one) => [one, 3])),
  CLF: 4,
  UYW: 4,
}

/** So much that a double still tells apart each minor unit. */
export const MAX_AMOUNT = 10 ** 14

/** Whether anybody pays in it. */
export const isCurrency = (code: string) => known().has(code)

let codes: ReadonlySet<string> | undefined
function known(): ReadonlySet<string> {
  codes ??= new Set([...Intl.supportedValuesOf('currency'), ...Object.keys(DIGITS)])
  return codes
}

export const minorDigits = (currency: string) => DIGITS[currency] ?? 2

/** The amount as people of that locale write it. A locale that nobody has is English. */
export function moneyText(amount: number, currency: string, locale: string): string {
  const digits = minorDigits(currency)
  const options = {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  } as const
  return new Intl.NumberFormat(knownLocale(locale), options).format(amount / 10 ** digits)
}

/** The locale, where it is one. */
export function knownLocale(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en'
  } catch {
    return 'en'
  }
}
