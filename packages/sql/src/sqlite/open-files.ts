import { fstatSync, readdirSync, type Stats, statSync } from 'node:fs'

/**
 * How often this process has the file open, in all its threads. Where that cannot be told (Windows) it does not matter:
 * only POSIX takes away a process's locks on a file when any descriptor of that file is closed.
 */
export function countOpen(path: string): number {
  const file = statSync(path, { throwIfNoEntry: false })
  if (file === undefined) return 0
  return descriptors().filter(descriptor => isSame(descriptor, file)).length
}

function descriptors(): readonly number[] {
  try {
    return readdirSync('/dev/fd').map(Number)
  } catch {
    return []
  }
}

function isSame(descriptor: number, { dev, ino }: Stats): boolean {
  try {
    const open = fstatSync(descriptor)
    return open.ino === ino && open.dev === dev
  } catch {
    // Closed meanwhile: the one that listed them, say.
    return false
  }
}
