import { sqlStateOf } from './database-errors.ts'
import type { Query } from './sql-files.ts'

/**
 * Whether Postgres refuses to change a table because a function in the form `RETURN ...` names columns of its row type. Minor
 * releases of late 2026 (15.20 and its like) do, where a column with a default is added; those before let it pass.
 */
export function isBoundByFunction(err: unknown): boolean {
  return sqlStateOf(err) === '0A000' && /because function .* uses its row type/.test(String(err))
}

/**
 * Makes the functions of the current schema that are in the form `RETURN ...` the same as text: they are then bound to nothing, until
 * the next of their texts is applied. What they answer, who may call them and how they are planned stays as it was.
 */
export async function unbindFunctions(query: Query): Promise<void> {
  await query(`DO $unbind$
    DECLARE bound record;
    BEGIN
      FOR bound IN
        SELECT rtrim(pg_get_functiondef(oid), E'\\n') AS definition, pg_get_function_sqlbody(oid) AS body
        FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND prosqlbody IS NOT NULL
          AND pg_get_function_sqlbody(oid) LIKE 'RETURN %'
      LOOP
        EXECUTE left(bound.definition, -length(bound.body))
          || 'AS ' || quote_literal('SELECT ' || substr(bound.body, length('RETURN ') + 1));
      END LOOP;
    END $unbind$`)
}
