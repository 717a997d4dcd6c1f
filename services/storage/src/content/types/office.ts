import { type FileHandle, open } from 'node:fs/promises'
import { readAt } from './file-head.ts'

/** More names than that nobody needs to know what a file is. */
const MAX_DIRECTORY = 1024 * 1024

/**
 * What an archive is, by the names in its directory: nothing is unpacked. Undefined when it is cut off: the directory is at the end.
 * [APPNOTE 4.3](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT)
 */
export async function typeOfZip(path: string, size: number): Promise<string | undefined> {
  await using file = await open(path, 'r')
  const tail = await readAt(file, Math.max(0, size - 65_557), Math.min(size, 65_557))
  const end = tail.lastIndexOf('PK\u0005\u0006', undefined, 'latin1')
  if (end < 0 || tail.length < end + 22) return undefined
  const length = tail.readUInt32LE(end + 12)
  const start = tail.readUInt32LE(end + 16)
  // What is larger than four gigabytes has its numbers elsewhere, and is nobody's document.
  if (length === 0xffffffff || start === 0xffffffff) return 'application/zip'
  if (start + length > size) return undefined
  const names = namesOf(await readAt(file, start, Math.min(length, MAX_DIRECTORY)))
  const has = (prefix: string) => names.some((name) => name.startsWith(prefix))
  if (names.some((name) => /^classes\d*\.dex$/.test(name))) return 'application/vnd.android.package-archive'
  if (names.includes('[Content_Types].xml')) {
    const macros = names.some((name) => name.toLowerCase().endsWith('vbaproject.bin'))
    if (has('word/'))
      return macros ? 'application/vnd.ms-word.document.macroenabled.12' : `${OPEN_XML}.wordprocessingml.document`
    if (has('xl/')) return macros ? 'application/vnd.ms-excel.sheet.macroenabled.12' : `${OPEN_XML}.spreadsheetml.sheet`
    if (has('ppt/'))
      return macros
        ? 'application/vnd.ms-powerpoint.presentation.macroenabled.12'
        : `${OPEN_XML}.presentationml.presentation`
  }
  if (names.includes('META-INF/MANIFEST.MF')) return 'application/java-archive'
  return 'application/zip'
}

const OPEN_XML = 'application/vnd.openxmlformats-officedocument'

function namesOf(directory: Buffer): string[] {
  const names: string[] = []
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50; ) {
    const name = directory.readUInt16LE(at + 28)
    names.push(directory.toString('utf8', at + 46, at + 46 + name))
    at += 46 + name + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return names
}

const STREAMS: readonly (readonly [stream: string, mime: string])[] = [
  ['WordDocument', 'application/msword'],
  ['Workbook', 'application/vnd.ms-excel'],
  ['Book', 'application/vnd.ms-excel'],
  ['PowerPoint Document', 'application/vnd.ms-powerpoint'],
  ['__properties_version1.0', 'application/vnd.ms-outlook'],
]

/** Sectors of the directory that are looked through: four entries in each of the usual size. */
const MAX_SECTORS = 256

/**
 * What a document of the older office programs is, by the names of its streams
 * ([MS-CFB](https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-cfb)); undefined where it is cut off.
 */
export async function typeOfCompoundFile(path: string, size: number): Promise<string | undefined> {
  await using file = await open(path, 'r')
  const header = await readAt(file, 0, 512)
  if (header.length < 512) return undefined
  const shift = header.readUInt16LE(30)
  if (shift !== 9 && shift !== 12) return undefined
  const sectorSize = 1 << shift
  const seen = new Set<number>()
  let sector = header.readUInt32LE(48)
  while (sector < 0xfffffffa && seen.size < MAX_SECTORS) {
    if (seen.has(sector) || (sector + 1) * sectorSize >= size) return undefined
    seen.add(sector)
    const entries = await readAt(file, (sector + 1) * sectorSize, sectorSize)
    for (let at = 0; at + 128 <= entries.length; at += 128) {
      const length = Math.min(64, entries.readUInt16LE(at + 64))
      const name = entries.toString('utf16le', at, at + Math.max(0, length - 2))
      const known = STREAMS.find(([stream]) => stream === name)
      if (known) return known[1]
    }
    const next = await sectorAfter(file, header, sector, sectorSize)
    if (next === undefined) return undefined
    sector = next
  }
  return 'application/x-cfb'
}

/** The sector that follows in a chain; undefined where the table that says so is not in the file. */
async function sectorAfter(
  file: FileHandle,
  header: Buffer,
  sector: number,
  sectorSize: number,
): Promise<number | undefined> {
  const perTable = sectorSize / 4
  const table = Math.floor(sector / perTable)
  // Tables beyond those in the header are of files larger than any that has its directory so far back.
  if (table >= 109) return undefined
  const place = (header.readUInt32LE(76 + 4 * table) + 1) * sectorSize + (sector % perTable) * 4
  const entry = await readAt(file, place, 4)
  return entry.length === 4 ? entry.readUInt32LE(0) : undefined
}
