import type { Statement } from './statements.js'

// What the driver itself asks.

export const SERVER_TIME: Statement = {
  name: 'umbel_time',
  text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now'
}

/** To a channel, any number of texts. */
export const NOTIFY: Statement = {
  name: 'umbel_notify',
  text: 'SELECT pg_notify($1, news) FROM unnest($2::text[]) AS news'
}

/** Where our tables are, and whether others' are there too. */
export const LOOK_AROUND: Statement = {
  name: 'umbel_look_around',
  text: `SELECT current_schema() AS schema, to_regclass('umbel_schema')::text AS ours,
    (SELECT string_agg(name, ', ') FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL) AS foreign_tables`
}
