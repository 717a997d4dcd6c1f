/** Who calls themself by several names is looked for by the one that the others do not use: Edge is Chrome and Safari as well. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'Edge'],
  [/\b(?:OPR|OPiOS)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
]

const MAX_LENGTH = 60

/** "Chrome on Linux" of what a client says that it is; a program's own name where it is no browser. */
export function deviceText(userAgent: string | null): string {
  if (!userAgent?.trim()) return 'Unknown device'
  const find = (known: typeof browsers) => known.find(([pattern]) => pattern.test(userAgent))?.[1]
  const [browser, system] = [find(browsers), find(systems)]
  if (browser) return system ? `${browser} on ${system}` : browser
  const name = userAgent.trim().split(/[/ (]/)[0]!
  return (system ? `${name} on ${system}` : name).slice(0, MAX_LENGTH)
}
