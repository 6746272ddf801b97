export { type ClientOptions, openClient } from './client.js'
export { type ScriptCall, Scripts, type ScriptsOptions } from './scripts.js'
export { readTargets, type Target, type TargetOptions } from './targets.js'
