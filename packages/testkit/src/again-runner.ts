import { type RunnerTestCase, TestRunner } from 'vitest'

/**
 * Does every test twice in its file, and none a third time: a test that fails under load is tried again beside what its first try has left, and is
 * of no use where it cannot succeed there.
 */
export default class AgainRunner extends TestRunner {
  override onBeforeRunTask(test: RunnerTestCase): Promise<void> {
    test.repeats = 1
    test.retry = 0
    return super.onBeforeRunTask(test)
  }
}
