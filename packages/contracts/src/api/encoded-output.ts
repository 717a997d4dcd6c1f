const json = Symbol('json')

/** Says what an output is as JSON, for whoever is about to encode it. The output is not to be changed any more. */
export function encodedAs<T extends object>(output: T, text: string): T {
  // out of sight of whoever compares or copies outputs
  return Object.defineProperty(output, json, { value: text })
}

/** Encodes an output, unless it came as JSON. */
export function encodeOutput(output: unknown): string {
  const text = typeof output === 'object' && output !== null && json in output ? output[json] : undefined
  return typeof text === 'string' ? text : JSON.stringify(output)
}
