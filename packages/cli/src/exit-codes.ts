/** Exit codes of the command. (celery.platforms.EX_*) */
export const EXIT = Object.freeze({ ok: 0, failure: 1, usage: 2, pidFileTaken: 73 })
