import { dealOperations } from './deal-operations.ts'
import { messageOperations } from './message-operations.ts'
import type { Operation } from './operation.ts'
import { ownOperations } from './own-operations.ts'
import { peopleOperations } from './people-operations.ts'
import { receiptOperations } from './receipt-operations.ts'

/** Each operation with what it does to the model: a new one is an entry in one of these. */
export const operations: Record<string, Operation> = {
  ...messageOperations,
  ...dealOperations,
  ...receiptOperations,
  ...ownOperations,
  ...peopleOperations,
}
