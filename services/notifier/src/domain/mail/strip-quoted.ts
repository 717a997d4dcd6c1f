/** As much of an answer is looked at. */
const MOST = 100_000
/** No mail program begins a quotation by a longer line: strangers write these, and what is looked for in them costs more than their length. */
const MOST_OF_LINE = 1_000

/** How mail programs begin what they quote, in the languages that they speak most: "On Mon, Ben wrote:", "Am Montag schrieb Ben:". */
const ATTRIBUTION =
  /^(on|am|le|el|em|il|op|den|dnia|w dniu)\b.{0,300}\b(wrote|schrieb|a écrit|escribió|escreveu|ha scritto|schreef|skrev|napisał\(?a?\)?)\b.{0,200}:\s*$/iu
/** The same with what is quoted from before the verb: "Ben schrieb am Montag:". */
const ATTRIBUTION_BY_NAME = /^.{0,200}<[^<>\s@]{1,64}@[^<>\s@]{1,255}>.{0,100}:\s*$/u
/** Above a copy of the whole e-mail. */
const COPIED =
  /^(-{2,}\s*(original message|ursprüngliche nachricht|message d'origine|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|forwarded message|weitergeleitete nachricht)\s*-{2,}|_{10,})\s*$/iu
const HEADER = /^(from|von|de|da|van|från)\s*:\s.+$/iu
const NEXT_HEADER =
  /^(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto|assunto|inviato|a|oggetto|verzonden|aan|onderwerp)\s*:\s/iu
/** RFC 3676, 4.3; and what telephones put there. */
const SIGNATURE = /^(-- ?|(sent from my|von meinem|gesendet von|envoyé de|enviado desde|inviato da) .{1,60})$/iu

/** What somebody has written themselves: without what their mail program quotes, and without their signature. */
export function stripQuoted(text: string): string {
  const lines = text.slice(0, MOST).replaceAll(/\r\n?/g, '\n').split('\n')
  const end = lines.findIndex((line, i) => isEnd(lines, line.trim(), i))
  const own = (end === -1 ? lines : lines.slice(0, end)).filter((line) => !/^\s*>/.test(line))
  return own
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

function isEnd(lines: readonly string[], line: string, i: number): boolean {
  if (line === '' || line.length > MOST_OF_LINE) return false
  if (SIGNATURE.test(line) || COPIED.test(line)) return true
  // it is broken over two lines, where names are long
  const joined = `${line} ${(lines[i + 1] ?? '').slice(0, MOST_OF_LINE).trim()}`
  const isQuoteNext = lines.slice(i + 1, i + 5).some((next) => /^\s*>/.test(next))
  if (ATTRIBUTION.test(line) || ATTRIBUTION.test(joined)) return true
  if (isQuoteNext && ATTRIBUTION_BY_NAME.test(line)) return true
  return HEADER.test(line) && lines.slice(i + 1, i + 4).some((next) => NEXT_HEADER.test(next.trim()))
}
