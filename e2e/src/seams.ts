/** A place at which a process is killed, and what it does when it gets there. */
export interface Seam {
  readonly title: string
  /** UMBEL_FAILPOINT */
  readonly failpoint: string
  readonly victim: 'worker' | 'client'
  /** What the client asks for: `client.js <work>`. */
  readonly work: readonly string[]
  /** Whether a second worker begins the killed task: 'again' marked redelivered, 'once' for the first time, or 'never'. */
  readonly second: 'again' | 'once' | 'never'
}

const LATE = ['send', 'late', 'k']
const EARLY = ['send', 'early', 'k']
const CHAIN = ['chain', 'k']
const CHORD = ['chord', 'k']
const ONE_BY_ONE = ['serial', 'late', 'k', '5']

export const seams: readonly Seam[] = [
  ...worker('after fetch, before record', 'after-fetch', { late: 'again', early: 'again' }),
  ...worker('before the body', 'mid-task', { late: 'again', early: 'never' }),
  ...worker('mid-task', 'mid-body', { late: 'again', early: 'never' }),
  ...worker('after result, before ack', 'after-result-before-ack', { late: 'again', early: 'never' }),
  {
    title: 'early ack, after ack, before start',
    failpoint: 'after-ack',
    victim: 'worker',
    work: EARLY,
    second: 'never'
  },
  chain('before the next step is sent', 'mid-publish'),
  chain('mid-publish, before commit', 'before-commit'),
  chain('mid-publish, after commit', 'after-commit'),
  chain('next step sent, before ack', 'after-result-before-ack'),
  chord('last member, before the join', 'before-join:2'),
  chord('joined, before the body is sent', 'after-join'),
  chord('body sent, before it is confirmed', 'before-confirm'),
  {
    title: 'countdown, moved when it was due, before record',
    failpoint: 'after-fetch',
    victim: 'worker',
    work: ['later', 'k', '1.2'],
    second: 'again'
  },
  client('client mid-publish, before commit', 'before-commit:3'),
  client('client mid-publish, after commit', 'after-commit:3')
]

function worker(
  title: string,
  failpoint: string,
  { late, early }: { readonly late: Seam['second']; readonly early: Seam['second'] }
): readonly Seam[] {
  return [
    { title: `late ack, ${title}`, failpoint, victim: 'worker', work: LATE, second: late },
    { title: `early ack, ${title}`, failpoint, victim: 'worker', work: EARLY, second: early }
  ]
}

function chain(title: string, failpoint: string): Seam {
  return { title: `chain, ${title}`, failpoint, victim: 'worker', work: CHAIN, second: 'again' }
}

function chord(title: string, failpoint: string): Seam {
  return { title: `chord, ${title}`, failpoint, victim: 'worker', work: CHORD, second: 'again' }
}

function client(title: string, failpoint: string): Seam {
  return { title, failpoint, victim: 'client', work: ONE_BY_ONE, second: 'once' }
}
