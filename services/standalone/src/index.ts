export { Config } from './config.ts'
export { createStandalone, type Standalone } from './standalone.ts'
