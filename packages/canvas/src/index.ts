export type { Dispatcher, TaskSend } from './dispatcher.js'
export type { GetOptions, Handle, Pending } from './handle.js'
