/**
 * A module with top-level await as CommonJS needs it, which has none: imports as they are, the rest in a function.
 * The compiler makes `require` of the imports.
 */
export function asCommonJs(source: string): string {
  const lines = source.split('\n')
  const imports = lines.filter(line => line.startsWith('import '))
  const rest = lines.filter(line => !line.startsWith('import '))
  return [...imports, 'async function main() {', ...rest, '}', 'void main()', ''].join('\n')
}
