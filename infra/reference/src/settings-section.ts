import { settingsTable } from '@parley/runtime'

const MARK = '<!-- settings -->'

/** The README with the table of settings as the code has it, between its two marks. Without the marks, as it is. */
export function withSettings(readme: string): string {
  const start = readme.indexOf(MARK)
  const end = readme.lastIndexOf(MARK)
  if (start === end) return readme
  return `${readme.slice(0, start + MARK.length)}\n${settingsTable()}\n${readme.slice(end)}`
}
