export { type ClientOptions, openClient } from './client.js'
export { type ScriptCall, Scripts } from './scripts.js'
export { readTargets, type Target, type TargetOptions } from './targets.js'
