/** Refused for good: wrong type of a key, no permission, a script's fault. */
export function isPassing({ message }: Error): boolean {
  return !/^(WRONGTYPE|NOPERM|NOAUTH|ERR )/.test(message)
}
