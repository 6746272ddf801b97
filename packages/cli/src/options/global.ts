import type { Option } from './option.js'
import { readFlag, readText } from './readers.js'

/** Options in front of the command. */
export const app: Option<string> = {
  name: 'app',
  short: 'A',
  describe: 'The application: ./tasks.ts, tasks, proj (a folder), proj.tasks, tasks:app',
  read: readText
}
export const broker: Option<string> = {
  name: 'broker',
  short: 'b',
  describe: 'URL of the broker',
  read: readText,
  fromEnvironment: false
}
export const resultBackend: Option<string> = {
  name: 'result-backend',
  describe: 'URL of the result store',
  read: readText,
  fromEnvironment: false
}
export const loader: Option<string> = {
  name: 'loader',
  describe: 'Module whose default export imports modules; without -A only',
  read: readText
}
export const config: Option<string> = {
  name: 'config',
  describe: 'Name of the configuration module',
  read: readText,
  fromEnvironment: false
}
export const workdir: Option<string> = { name: 'workdir', describe: 'Folder to change to at first', read: readText }
export const noColor: Option<boolean> = {
  name: 'no-color',
  short: 'C',
  describe: 'No colors',
  read: readFlag,
  flag: true
}
export const quiet: Option<boolean> = {
  name: 'quiet',
  short: 'q',
  describe: 'No banner, no hints',
  read: readFlag,
  flag: true
}
export const skipChecks: Option<boolean> = {
  name: 'skip-checks',
  describe: 'Sets CELERY_SKIP_CHECKS for the application',
  read: readFlag,
  flag: true
}
export const version: Option<boolean> = {
  name: 'version',
  describe: 'Print the version',
  read: readFlag,
  flag: true,
  fromEnvironment: false
}
export const help: Option<boolean> = {
  name: 'help',
  short: 'h',
  describe: 'Print this help',
  read: readFlag,
  flag: true,
  fromEnvironment: false
}

export const globalOptions: readonly Option[] = [
  app,
  broker,
  resultBackend,
  loader,
  config,
  workdir,
  noColor,
  quiet,
  skipChecks,
  version,
  help
]
