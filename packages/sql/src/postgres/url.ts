/** Of SQLAlchemy: what Python would have connected with. */
const PYTHON_DRIVERS = ['', '+psycopg2', '+psycopg2cffi', '+psycopg', '+pg8000', '+asyncpg']

/** Schemes of PostgreSQL URLs; those with `+` are Celery's and SQLAlchemy's spelling. */
export const postgresSchemes: readonly string[] = ['', 'db+', 'sqla+', 'sqlalchemy+'].flatMap(prefix =>
  ['postgresql', 'postgres'].flatMap(name => PYTHON_DRIVERS.map(driver => `${prefix}${name}${driver}`))
)

export interface PostgresLocation {
  /** As `pg` reads it. */
  readonly url: string
  /** Without password. */
  readonly shown: string
}

/** undefined: the URL is of another database. */
export function locatePostgres(url: string | undefined): PostgresLocation | undefined {
  const [, scheme = '', rest = ''] = /^([^:]*):(.*)$/s.exec(url ?? '') ?? []
  if (!postgresSchemes.includes(scheme.toLowerCase())) return undefined
  const plain = `postgresql:${rest.startsWith('//') ? rest : `//${rest}`}`
  return { url: plain, shown: withoutPassword(plain) }
}

/** Passwords may hold anything but an @; in the options of the URL as well. */
function withoutPassword(url: string): string {
  return url
    .replace(/^(postgresql:\/\/[^/?#@:]*):[^@/]*@/, '$1:**@')
    .replace(/([?&](?:password|sslpassword)=)[^&]*/gi, '$1**')
}
