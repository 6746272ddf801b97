export { censor, censorMapping, maskPasswords } from './censor.js'
export { parseCommandLine } from './command-line.js'
export { compileSettings } from './compile.js'
export { type ConfigFromOptions, Configuration, type ConfigurationOptions } from './configuration.js'
export { type DaemonOptions, daemonOptions } from './daemon.js'
export { environmentLayer } from './environment.js'
export { type FoundOption, findOption } from './find.js'
export type { DurationLike, Replaceable, Seconds } from './kinds.js'
export { type CheckedLayer, checkLayer, type Layer } from './layer.js'
export { lookUp, nearestSetting } from './lookup.js'
export { createNodeImporter, findConfigModule, type Importer, loadConfigModule } from './modules.js'
export type { TableOptions } from './report.js'
export type { RetryPolicy } from './retry-policy.js'
export type { Setting } from './setting.js'
export {
  type EditableSettings,
  NAMED_SETTINGS,
  type NamedSetting,
  SETTINGS,
  type SettingName,
  type Settings,
  type SettingsInput
} from './table.js'
