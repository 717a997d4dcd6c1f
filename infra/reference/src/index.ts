export { outOfStep, referenceFiles } from './reference-files.ts'
