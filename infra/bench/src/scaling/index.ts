export { NOON } from './model.ts'
export { costsTable, scaleTable } from './tables.ts'
