import type { Attachment, AttachmentKind } from '@parley/contracts'
import { languageTag } from './language.ts'

const tag = languageTag(globalThis.navigator?.languages ?? [])
const units = ['kilobyte', 'megabyte', 'gigabyte'] as const
const STEP = 1024

const formats = units.map((unit) => ({
  small: new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }),
  large: new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 }),
}))

/** "3.4 MB", in steps of 1,024, as limits are counted. */
export function sizeText(bytes: number): string {
  let size = Math.max(bytes, 1) / STEP
  let unit = 0
  for (; size >= STEP - 0.5 && unit < units.length - 1; unit++) size /= STEP
  if (size < 0.1) size = 0.1
  const { small, large } = formats[unit]!
  return (size < 10 ? small : large).format(size)
}

/** "1:05", or "1:01:05". */
export function durationText(ms: number): string {
  const seconds = Math.round(Math.max(ms, 0) / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`
}

/** "65 seconds" in words, for who hears it. */
export function spokenDuration(ms: number): string {
  const seconds = Math.round(Math.max(ms, 0) / 1000)
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  const said = [minutes > 0 && counted(minutes, 'minute'), (rest > 0 || minutes === 0) && counted(rest, 'second')]
  return said.filter(Boolean).join(' ')
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** What a type of file is called by people, as its ending mostly is. */
const known: Readonly<Record<string, string>> = {
  'image/jpeg': 'JPEG',
  'image/svg+xml': 'SVG',
  'audio/mpeg': 'MP3',
  'video/quicktime': 'MOV',
  'text/plain': 'plain text',
  'application/msword': 'Word',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
  'application/vnd.ms-excel': 'Excel',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
}
const families: Readonly<Record<string, string>> = {
  'image/*': 'photos',
  'video/*': 'videos',
  'audio/*': 'sound',
  'text/*': 'text',
}

export function typeText(mime: string): string {
  const last = mime.split('/').at(-1) ?? ''
  return known[mime] ?? last.replace(/^x-/, '').toUpperCase()
}

/** "JPEG, PNG and PDF": what may be sent, each once. */
export function typesText(mimes: readonly string[]): string {
  const names = [...new Set(mimes.map((mime) => families[mime] ?? typeText(mime)))]
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names)
}

/** The ending of a name, to stand on an icon; what it is where there is none. */
export function endingOf({ name, mime }: Pick<Attachment, 'name' | 'mime'>): string {
  const ending = /\.([\p{L}\p{N}]{1,4})$/u.exec(name)?.[1]
  return (ending ?? typeText(mime).slice(0, 4)).toUpperCase()
}

const nouns: Record<AttachmentKind, string> = { image: 'Photo', video: 'Video', audio: 'Audio', file: 'File' }
const plurals: Record<AttachmentKind, string> = { image: 'photos', video: 'videos', audio: 'recordings', file: 'files' }

/** Recorded here and sent as it is: it has levels, and nobody gave it a name. */
export const isVoice = ({ kind, peaks }: Pick<Attachment, 'kind' | 'peaks'>): boolean =>
  kind === 'audio' && peaks !== undefined

/** What a message without words says, where one line has to stand for it. */
export function filesText(files: readonly Pick<Attachment, 'kind' | 'name' | 'peaks' | 'durationMs'>[]): string {
  const [first] = files
  if (!first) return ''
  if (files.length > 1)
    return `${files.length} ${files.every(({ kind }) => kind === first.kind) ? plurals[first.kind] : 'files'}`
  if (first.kind === 'image') return 'Photo'
  if (isVoice(first)) return `Voice message${first.durationMs === null ? '' : ` (${durationText(first.durationMs)})`}`
  if (first.kind === 'video') return `Video${first.durationMs === null ? '' : ` (${durationText(first.durationMs)})`}`
  return first.name
}

/** What it is called where it is not seen: "Photo: beach.jpg". */
export function spokenFile({ kind, name }: Pick<Attachment, 'kind' | 'name'>): string {
  return `${nouns[kind]}: ${name}`
}
