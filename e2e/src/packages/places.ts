import { fileURLToPath } from 'node:url'

/** The root of the repository, from dist/src/packages/. */
export const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url))

/**
 * The environment of somebody who knows nothing of this repository: no settings of ours, and nothing that an
 * `npm run` around us says of the package that it runs.
 */
export function strangersEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(UMBEL|CELERY|JEST|NODE_OPTIONS|npm_(?!config_(cache|registry|userconfig|globalconfig|offline)$))/i.test(name)
  )
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: '1',
    npm_config_loglevel: 'error',
    npm_config_update_notifier: 'false'
  }
}
