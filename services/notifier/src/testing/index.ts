export { openTestBrowser, type TestBrowser } from './browser.ts'
export { openWaitingPushes } from './waiting-pushes.ts'
