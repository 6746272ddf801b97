import { ControlError } from './errors.js'

/** How a pattern picks nodes: `glob` as in a shell, `pcre` a regular expression that must match from the start. */
export type Matcher = 'glob' | 'pcre'

const MATCHERS: Readonly<Record<Matcher, (pattern: string) => RegExp>> = {
  glob: pattern => new RegExp(`^(?:${globSource(pattern)})$`, 's'),
  pcre: pattern => new RegExp(`^(?:${pattern})`)
}

/**
 * Does a node's name fit? (kombu.matcher)
 * @throws ControlError for an unknown matcher, or a pattern that it cannot read
 */
export function matchesNode(hostname: string, pattern: string, matcher: string): boolean {
  if (!Object.hasOwn(MATCHERS, matcher))
    throw new ControlError(`there is no matcher "${matcher}"; known: ${Object.keys(MATCHERS).join(', ')}`)
  try {
    return MATCHERS[matcher as Matcher](pattern).test(hostname)
  } catch (cause) {
    throw new ControlError(`the matcher ${matcher} cannot read the pattern ${JSON.stringify(pattern)}`, { cause })
  }
}

/** `*` anything, `?` one character, `[seq]` and `[!seq]` one of them. (fnmatch.translate) */
function globSource(pattern: string): string {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? ''
    const end = character === '[' ? classEnd(pattern, at) : -1
    if (end > 0) source += classSource(pattern.slice(at + 1, end))
    else source += WILDCARDS[character] ?? character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
    if (end > 0) at = end
  }
  return source
}

const WILDCARDS: Readonly<Record<string, string>> = { '*': '.*', '?': '.' }

/** A bracket right after the opening one, or after its `!`, is a member. Without an end the opening one is a plain character. */
function classEnd(pattern: string, start: number): number {
  const first = pattern[start + 1] === '!' ? start + 2 : start + 1
  return pattern.indexOf(']', pattern[first] === ']' ? first + 1 : first)
}

function classSource(members: string): string {
  const negated = members.startsWith('!')
  const text = (negated ? members.slice(1) : members).replace(/[\\\][^]/g, '\\$&')
  return `[${negated ? '^' : ''}${text}]`
}
