import type { TestDatabase } from '@parley/database/testing'

/** A step of a plan, as it was run. */
export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
  Plans?: PlanNode[]
}

/**
 * The steps of all plans that a call goes through, those inside of functions too, as PostgreSQL explains them once they have run. A
 * statement that sets no tenant itself is asked as one of `tenantId`.
 */
export async function plansOf(
  { owner }: TestDatabase,
  call: string,
  params: unknown[] = [],
  tenantId = '',
): Promise<PlanNode[]> {
  const client = await owner.connect()
  const plans: PlanNode[] = []
  const hear = ({ message }: { message?: string | undefined }) => {
    const json = /plan:\s*(\{[\s\S]*\})/.exec(message ?? '')?.[1]
    if (json) plans.push(...stepsOf((JSON.parse(json) as { Plan: PlanNode }).Plan))
  }
  try {
    await client.query(`LOAD 'auto_explain'`)
    await client.query(`BEGIN; SET LOCAL auto_explain.log_min_duration = 0; SET LOCAL auto_explain.log_nested_statements = on;
      SET LOCAL auto_explain.log_analyze = on; SET LOCAL auto_explain.log_timing = off; SET LOCAL auto_explain.log_buffers = on; SET LOCAL auto_explain.log_format = json;
      SET LOCAL ROLE parley_app; SET LOCAL client_min_messages = log`)
    await client.query(`SET LOCAL parley.tenant = '${tenantId}'`)
    client.on('notice', hear)
    await client.query(call, params)
    // a statement's own plan is told when the next one takes its place
    await client.query('SELECT')
    return plans
  } finally {
    client.off('notice', hear)
    await client.query('ROLLBACK')
    client.release()
  }
}

function stepsOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(stepsOf)]
}

/** Blocks that were looked at, of tables and indexes, whether what was there was of any use or not. */
export function blocksOf(steps: readonly PlanNode[]): number {
  // the whole is said of the call itself
  return Math.max(...steps.map((step) => step['Shared Hit Blocks'] + step['Shared Read Blocks']))
}

/** Rows that were looked at in the tables and indexes that hold them, those included that were thrown away. */
export function looked(steps: readonly PlanNode[], relation?: string): number {
  return steps
    .filter(
      (step) => step['Relation Name'] !== undefined && (relation ?? step['Relation Name']) === step['Relation Name'],
    )
    .reduce(
      (sum, step) => sum + (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'],
      0,
    )
}
