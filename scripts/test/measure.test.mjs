import { afterEach, describe, expect, it } from '@jest/globals'
import { measureFile } from '../measure/source.mjs'
import { markdownTable, row, spread } from '../measure/table.mjs'
import { tree } from './tree.mjs'

let fixture
afterEach(() => fixture?.remove())

describe('measure', () => {
  it('counts lines, comments, named functions and any', () => {
    fixture = tree({ 'a.ts': source })
    expect(measureFile(`${fixture.root}/a.ts`)).toEqual({ lines: 11, comments: 3, functions: [3, 1, 1], anys: 1 })
  })

  it('tells median, 90th percentile and maximum', () => {
    expect(spread(Array.from({ length: 10 }, (_, index) => index + 1))).toBe('6/10/10')
    expect(spread([])).toBe('–')
  })

  it('prints a table', () => {
    const files = [{ lines: 500, comments: 50, functions: [2, 4], anys: 1 }]
    const table = markdownTable([row('packages/a', { files, testLines: 250 })])
    expect(table.split('\n')[2].replace(/ +/g, ' ')).toBe(
      '| packages/a | 1 | 500 | 500/500/500 | 4/4/4 | 10 % | 2.0 | 0.5 |'
    )
  })
})

const source = `/** Two
 * lines. */
export function one(a: any): number {
  return a
}
export class Two {
  // one more
  #three(): void {}
}
export const four = (): void => {}
export default [1].map(each => each)
`
