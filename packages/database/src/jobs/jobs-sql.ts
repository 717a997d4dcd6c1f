import { type DatabaseOwner, identifier } from '../owner.ts'
import { readSqlFiles, type SqlFile, sqlFile } from '../sql-files.ts'

const MIGRATIONS = new URL('../../sql/jobs-migrations/', import.meta.url)
const FUNCTIONS = new URL('../../sql/jobs-functions/', import.meta.url)

/**
 * The table `jobs` and its functions as an owner has them who asks for `jobs`: in its schema and for its role, which the files name as
 * psql does, `:"schema"` and `:"role"`. The table's migrations are this package's, and applied after the owner's own.
 */
export async function readJobsSql(owner: DatabaseOwner): Promise<{ migrations: SqlFile[]; functions: SqlFile[] }> {
  if (!owner.jobs) return { migrations: [], functions: [] }
  const read = async (folder: URL, prefix: string) =>
    (await readSqlFiles(folder)).map(({ name, sql }) =>
      sqlFile(
        `${prefix}/${name}`,
        sql.replaceAll(':"schema"', identifier(owner.schema)).replaceAll(':"role"', identifier(owner.role)),
      ),
    )
  const [migrations, functions] = await Promise.all([read(MIGRATIONS, 'jobs'), read(FUNCTIONS, 'functions')])
  return { migrations, functions }
}
