declare const fields: unique symbol

/** What SQL answers as an array of fields in a known order; `Row` says their names and types. `fieldsOf` decodes it. */
export type Positional<Row> = readonly unknown[] & { readonly [fields]?: Row }

/** The fields of one kind of array that SQL answers. */
export interface FieldList<Row> {
  /** As SQL's comment calls it: `-- answers <name> [...]`. */
  readonly name: string
  /** In the order of the array. */
  readonly fields: readonly string[]
  /** The array by the names of its fields; what it left out at its end is undefined. */
  decode(this: void, answer: Positional<Row>): Row
}

/**
 * Names the fields of an array that a SQL function answers, in its order, each once: `fieldsOf<Row>()('name', ['id', ...])`.
 * Arrays, because names would travel with every row; a list, because `row[12]` says nothing.
 *
 * The decoder is made once, as if written by hand, and all its objects have one shape: a page decodes dozens of rows.
 */
export function fieldsOf<Row extends object>() {
  return <const Names extends readonly (keyof Row & string)[]>(
    name: string,
    // a field of the row that no name stands for is an error here
    names: Exclude<keyof Row, Names[number]> extends never ? Names : never,
  ): FieldList<Row> => {
    const fields: readonly string[] = names
    if (new Set(fields).size !== fields.length) throw new Error(`${name} names a field twice`)
    const members = fields.map((field, i) => `${JSON.stringify(field)}: answer[${i}]`)
    // out of names in our own code, never of data
    const decode = new Function('answer', `return { ${members.join(', ')} }`) as FieldList<Row>['decode']
    return { name, fields, decode }
  }
}
