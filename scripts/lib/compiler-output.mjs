// What a person needs of a failed turbo build: the compiler's messages with paths from the root, each once.

/** Falls back to the whole output where the compiler said nothing. */
export function compilerMessages(output, workspaces) {
  const paths = new Map(workspaces.map(workspace => [workspace.name, workspace.path]))
  const messages = new Set()
  for (const line of output.split('\n')) {
    const [, name, text] = /^(\S+):build: (.*)$/.exec(line) ?? []
    if (/\(\d+,\d+\): error /.test(text ?? '')) messages.add(fromRoot(paths.get(name), text))
    else if (/^ {2}\S/.test(text ?? '')) messages.add(text)
    else if (text?.startsWith('error TS')) messages.add(`${paths.get(name)}: ${text}`)
  }
  return messages.size > 0 ? [...messages].join('\n') : output.trim()
}

// tsc names files of referenced projects as ../other/src/x.ts
function fromRoot(path = '.', text) {
  const parts = path.split('/')
  let rest = text
  while (rest.startsWith('../')) {
    parts.pop()
    rest = rest.slice(3)
  }
  return [...parts, rest].join('/')
}
