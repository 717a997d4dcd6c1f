import { expect, test } from 'vitest'
import { mayManage } from './group-rights.ts'

const roles = ['owner', 'moderator', 'member', 'observer']

test.each([
  ['owner', roles],
  ['moderator', ['member', 'observer']],
  ['member', []],
  ['observer', []],
])('%s lets in and removes %j', (role, managed) => {
  expect(roles.filter((other) => mayManage(role, other))).toEqual(managed)
})
