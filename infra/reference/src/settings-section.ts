import { Config as EdgeConfig } from '@parley/edge'
import { settingsTable } from '@parley/runtime'
import { Config } from '@parley/standalone'
import { withSection } from './marked-section.ts'

/** The README with the table of the settings of all services as the code has it, between its two marks. Throws when it has not got them. */
export function withSettings(readme: string): string {
  return withSection(
    readme,
    'README.md',
    '<!-- settings -->',
    settingsTable({ ...Config.properties, ...EdgeConfig.properties }),
  )
}
