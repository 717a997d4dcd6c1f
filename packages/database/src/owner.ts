/**
 * Who owns a part of the database: a service, with its tables in a Postgres schema of its own, reached in a role of its own.
 * Several owners share one database and know nothing of each other's tables: they ask over contracts, or hear events.
 */
export interface DatabaseOwner {
  /** The service's name, as operators know it. */
  name: string
  /** Its Postgres schema: where its migrations create, and where its statements look. */
  schema: string
  /** The role that row-level security binds. A login steps down to it for everything but migrations. */
  role: string
  /** Folder of its reviewed SQL files, which are only ever added to. */
  migrations: URL
  /** Folder of its functions, each file as it is today: `CREATE OR REPLACE FUNCTION`, with what it grants. */
  functions?: URL
  /** Has work that is due later: the table `jobs` and its functions are in its schema, after its migrations. */
  jobs?: true
}

/** A name as SQL takes it, whatever characters it holds. */
export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`

/**
 * SQL that makes an owner's schema and role where they are missing, and lets the login step down to the role. It asks first, so
 * that a login which may make neither gets by where an administrator has made them. Roles belong to the server: another database
 * on it may have made this one.
 */
export function prepareOwner({ schema, role }: DatabaseOwner): string {
  const [schemaText, roleText] = [schema, role].map((name) => `'${name.replaceAll("'", "''")}'`)
  return `DO $$ BEGIN
    IF to_regnamespace(quote_ident(${schemaText})) IS NULL THEN
      EXECUTE format('CREATE SCHEMA %I', ${schemaText});
    END IF;
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${roleText}) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', ${roleText});
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    IF NOT pg_has_role(current_user, ${roleText}, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', ${roleText}, current_user);
    END IF;
    IF NOT has_schema_privilege(${roleText}, ${schemaText}, 'USAGE') THEN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', ${schemaText}, ${roleText});
    END IF;
  END $$`
}
