const texts = new WeakMap<object, string>()

/** Says what an output is as JSON, for whoever is about to encode it. The output is not to be changed any more. */
export function encodedAs<T extends object>(output: T, json: string): T {
  texts.set(output, json)
  return output
}

/** Encodes an output, unless it came as JSON. */
export function encodeOutput(output: unknown): string {
  return (typeof output === 'object' && output !== null && texts.get(output)) || JSON.stringify(output)
}
