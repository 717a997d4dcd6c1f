import type { PolicySettings, PresetName } from '@parley/contracts'

/** Settings as they are edited: the preset apart, the rest as text. */
export interface Settings {
  preset: PresetName
  json: string
}

export function writeSettings({ preset = 'default', ...rest }: PolicySettings): Settings {
  return { preset, json: JSON.stringify(rest, null, 2) }
}

/** What is meant, or why the text cannot be read. A preset in the text would contradict the chosen one. */
export function readSettings({ preset, json }: Settings): { settings: object } | { problem: string } {
  let rest: unknown
  try {
    rest = JSON.parse(json.trim() || '{}')
  } catch (err) {
    return { problem: `This is not JSON: ${err instanceof Error ? err.message : err}` }
  }
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest))
    return { problem: 'The settings are one JSON object.' }
  if ('preset' in rest) return { problem: 'Choose the preset above, not in the text.' }
  return { settings: { preset, ...rest } }
}
