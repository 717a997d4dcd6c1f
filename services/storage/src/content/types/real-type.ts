import { fileTypeFromFile } from 'file-type'
import { fileHead, fileTail } from './file-head.ts'
import { canonicalType, textOfDeclared, textOfEnding, UNKNOWN } from './media-types.ts'
import { typeOfCompoundFile, typeOfZip } from './office.ts'
import { beginsAsText, isTextFile, markupOf } from './text.ts'

const HEAD = 4100

/** Known by their first characters, and text or nearly so: two letters of a text (`BM`, `MZ`) are no sign of anything else. */
const TEXTUAL = new Set([
  'application/pdf',
  'application/rtf',
  'application/postscript',
  'text/calendar',
  'text/vcard',
  'text/vtt',
])

/** The file is not whole. */
export const CUT_OFF = Symbol('cut off')

/**
 * What a file is, by its bytes: our name of its media type; `application/octet-stream` when they say nothing. What they leave open, which
 * kind of text it is, the ending of its name and what is declared decide.
 */
export async function realType(
  path: string,
  size: number,
  called: { ending: string; mime: string | undefined },
): Promise<string | typeof CUT_OFF> {
  const head = await fileHead(path, HEAD)
  const detected = await detect(path)
  if (detected === 'application/zip' || detected?.startsWith('application/vnd.openxmlformats')) {
    const type = await typeOfZip(path, size)
    return type === undefined ? CUT_OFF : type === 'application/zip' ? detected : refine(detected, type)
  }
  if (detected === 'application/x-cfb' || detected === 'application/vnd.ms-outlook')
    return (await typeOfCompoundFile(path, size)) ?? CUT_OFF
  if (detected === 'application/pdf') return (await endsAsPdf(path, size)) ? detected : CUT_OFF
  const mayBeText =
    detected === undefined || detected === 'application/xml' || TEXTUAL.has(detected) || beginsAsText(head)
  if (!mayBeText) return detected
  if (detected !== undefined && TEXTUAL.has(detected)) return detected
  if (!(await isTextFile(path, head))) return detected ?? UNKNOWN
  const markup = markupOf(head)
  if (markup || detected === 'application/xml') return markup ?? 'application/xml'
  const kinds = [textOfEnding(called.ending), textOfDeclared(called.mime)]
  return kinds.find((kind) => kind !== undefined && kind !== 'text/plain') ?? 'text/plain'
}

async function detect(path: string): Promise<string | undefined> {
  try {
    const type = await fileTypeFromFile(path)
    return type && canonicalType(type.mime)
  } catch {
    // Made to break whoever looks: then it is nothing that we know.
    return undefined
  }
}

/** Templates, slide shows and documents with macros are told apart inside; names of entries tell only the program. */
function refine(detected: string, byNames: string): string {
  return detected === 'application/zip' || byNames.includes('macroenabled') ? byNames : detected
}

/** A reader finds everything in it from its end. What else was added behind it does no harm: it is only ever downloaded. */
async function endsAsPdf(path: string, size: number): Promise<boolean> {
  const tail = await fileTail(path, size, 16 * 1024)
  return tail.includes('%%EOF') || tail.includes('startxref')
}
