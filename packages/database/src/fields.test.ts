import { expect, expectTypeOf, test } from 'vitest'
import { fieldsOf, type Positional } from './fields.ts'

interface Person {
  userId: string
  name: string | null
  isNew?: boolean
}
const person = fieldsOf<Person>()('person_fields', ['userId', 'name', 'isNew'])

test('an array that SQL answers gets the names of its fields, and what it left out at its end has none', () => {
  const decoded = person.decode(['ana', null, true] as Positional<Person>)
  expect(decoded).toEqual({ userId: 'ana', name: null, isNew: true })
  expectTypeOf(decoded).toEqualTypeOf<Person>()
  expect(person.decode(['ben', 'Ben'] as Positional<Person>)).toEqual({ userId: 'ben', name: 'Ben' })
})

test('a list names every field once', () => {
  // @ts-expect-error: no name stands for isNew
  fieldsOf<Person>()('person_fields', ['userId', 'name'])
  // @ts-expect-error: nobody has an age
  fieldsOf<Person>()('person_fields', ['userId', 'name', 'isNew', 'age'])
  expect(() => fieldsOf<Person>()('person_fields', ['userId', 'name', 'isNew', 'name'])).toThrow(/twice/)
})
