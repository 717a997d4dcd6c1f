import { settingsTable } from '@parley/runtime'

const MARK = '<!-- settings -->'

/** The README with the table of settings as the code has it, between its two marks. Throws when it has not got them. */
export function withSettings(readme: string): string {
  const start = readme.indexOf(MARK)
  const end = readme.lastIndexOf(MARK)
  if (start === end) throw new Error(`README.md needs two lines ${MARK}, for the table of settings between them`)
  return `${readme.slice(0, start + MARK.length)}\n${settingsTable()}\n${readme.slice(end)}`
}
