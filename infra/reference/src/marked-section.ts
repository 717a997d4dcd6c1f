/** The text with the section between its two marks replaced. Throws when it has not got them. */
export function withSection(text: string, page: string, mark: string, section: string): string {
  const start = text.indexOf(mark)
  const end = text.lastIndexOf(mark)
  if (start === end) throw new Error(`${page} needs two lines ${mark}, for what is written between them`)
  return `${text.slice(0, start + mark.length)}\n${section}\n${text.slice(end)}`
}
