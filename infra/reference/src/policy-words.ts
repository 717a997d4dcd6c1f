import type { RateRule, StartRule } from '@parley/contracts'

const shortNames: Record<string, string> = {
  'text/plain': 'txt',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'video/quicktime': 'mov',
}

/** The value of a setting as a cell of a table says it. `name` is the last part of the setting's name. */
export function inWords(name: string, value: unknown): string {
  if (value === null) return ofNull(name)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return ofNumber(name, value)
  if (Array.isArray(value)) return ofList(name, value)
  if (name === 'customTypes') return 'none'
  if (name === 'maxBytesByType') return ofSizes(value as Record<string, number>)
  if (typeof value === 'object') return ofRate(value as RateRule)
  return `\`${value}\``
}

function ofNull(name: string): string {
  if (name === 'starters') return 'every member'
  if (name === 'digestAfterMinutes') return 'at once'
  return name.endsWith('Seconds') ? 'for ever' : 'no limit'
}

function ofNumber(name: string, value: number): string {
  if (name === 'afterSeconds') return value === 0 ? 'at once' : `after ${duration(value)}`
  if (name.endsWith('Seconds')) return value === 0 ? 'never' : duration(value)
  if (name.endsWith('Bytes')) return mebibytes(value)
  return value.toLocaleString('en')
}

const mebibytes = (bytes: number) => `${bytes / 1024 ** 2} MiB`

/** The media types that may be larger. */
function ofSizes(sizes: Record<string, number>): string {
  const all = Object.entries(sizes).map(([type, bytes]) => `${type}: ${mebibytes(bytes)}`)
  return all.length === 0 ? 'none' : all.join('; ')
}

function duration(seconds: number): string {
  const units: [string, number][] = [
    ['day', 86_400],
    ['hour', 3_600],
    ['minute', 60],
  ]
  for (const [unit, length] of units)
    if (seconds % length === 0 && (unit !== 'day' || seconds > length)) return plural(seconds / length, unit)
  return plural(seconds, 'second')
}

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`

function ofList(name: string, list: readonly unknown[]): string {
  if (list.length === 0) return 'nobody'
  if (name === 'direct') return (list as StartRule[]).map(({ from, to }) => `${word(from)} to ${word(to)}`).join(', ')
  if (name === 'types' && list.some((type) => String(type).includes('/'))) return mediaTypes(list.map(String))
  return list.map((one) => word(String(one))).join(', ')
}

const word = (role: string) => (role === '*' ? 'everybody' : `\`${role}\``)

/** By family: "image: jpeg, png". */
function mediaTypes(types: string[]): string {
  const families = new Map<string, string[]>()
  for (const type of types) {
    const [family = '', subtype = ''] = type.split('/')
    families.set(family, [...(families.get(family) ?? []), shortNames[type] ?? subtype])
  }
  return [...families].map(([family, subtypes]) => `${family}: ${subtypes.join(' ')}`).join('; ')
}

const ofRate = ({ points, durationMs }: RateRule) =>
  `${points.toLocaleString('en')} in ${plural(durationMs / 1_000, 'second')}`
