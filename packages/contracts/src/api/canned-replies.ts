import {
  CannedReply,
  CannedReplyRef,
  ListCannedReplies,
  ListTenantCannedReplies,
  PutCannedReply,
  PutTenantCannedReply,
  TenantCannedReply,
} from '../shapes/canned-reply.ts'
import { Nothing } from '../shapes/nothing.ts'
import { pageOf } from '../shapes/pagination.ts'
import { atTheDoor } from './expected-errors.ts'
import type { Procedure } from './operation.ts'

/** Replies that somebody has at hand. */
export const cannedReplies = {
  listCannedReplies: {
    summary: "The replies that you have at hand, your own and the tenant's, by shortcut",
    description:
      'With a conversation, each comes as it reads there: `filled`. What it lacks a name or a title for is in `missing`. The client ' +
      'puts the text where its user writes, and sends what they make of it.',
    tag: 'canned replies',
    http: 'GET /canned-replies',
    input: ListCannedReplies,
    output: pageOf(CannedReply),
    errors: [...atTheDoor, 'not_found'],
  },
  putCannedReply: {
    summary: 'Keep a reply of your own under a shortcut',
    tag: 'canned replies',
    http: 'PUT /canned-replies/:shortcut',
    input: PutCannedReply,
    output: CannedReply,
    errors: atTheDoor,
  },
  deleteCannedReply: {
    summary: 'Let go of a reply of your own; again changes nothing',
    tag: 'canned replies',
    http: 'DELETE /canned-replies/:shortcut',
    input: CannedReplyRef,
    output: Nothing,
    errors: atTheDoor,
  },
} as const satisfies Record<string, Procedure>

/** Replies that a tenant has for its people. */
export const tenantCannedReplies = {
  listTenantCannedReplies: {
    summary: "The tenant's replies, by shortcut",
    tag: 'admin',
    http: 'GET /admin/canned-replies',
    input: ListTenantCannedReplies,
    output: pageOf(TenantCannedReply),
    errors: ['forbidden'],
  },
  putTenantCannedReply: {
    summary: 'Have a reply under a shortcut for everybody, or for some roles',
    tag: 'admin',
    http: 'PUT /admin/canned-replies/:shortcut',
    input: PutTenantCannedReply,
    output: TenantCannedReply,
    errors: ['forbidden'],
  },
  deleteTenantCannedReply: {
    summary: "Let go of a reply of the tenant's; again changes nothing",
    tag: 'admin',
    http: 'DELETE /admin/canned-replies/:shortcut',
    input: CannedReplyRef,
    output: Nothing,
    errors: ['forbidden'],
  },
} as const satisfies Record<string, Procedure>
