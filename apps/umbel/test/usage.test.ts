import { describe, expect, it } from '@jest/globals'
import { umbel } from './support/in-process.js'

describe('the command line', () => {
  it('prints its help when nothing is asked, and on --help', async () => {
    const bare = await umbel([])
    expect(bare).toMatchObject({ code: 0, stderr: '' })
    for (const word of ['worker', 'call', 'result', 'purge', 'report', '-A, --app', '-b, --broker'])
      expect(bare.stdout).toContain(word)
    expect(await umbel(['--help'])).toEqual(bare)
    expect(await umbel(['help'])).toEqual(bare)
    expect(await umbel(['help', 'call'])).toEqual(await umbel(['call', '--help']))
  })

  it.each([['worker'], ['call'], ['result'], ['purge'], ['report']])('prints the help of %s', async command => {
    const before = await umbel(['--help', command])
    const behind = await umbel([command, '--help'])
    expect(behind).toMatchObject({ code: 0, stderr: '' })
    expect(behind.stdout).toMatch(`umbel [-A app] ${command}`)
    expect(before.stdout).toBe(behind.stdout)
  })

  it('prints its version', async () => {
    expect(await umbel(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^umbel \d+\.\d+\.\d+\n$/)
    })
  })

  it.each([
    [['wroker'], "there is no command 'wroker', did you mean 'worker'?"],
    [['nonsense'], 'known: worker, call, result, purge, report'],
    [['beat'], 'umbel beat: this command is not built yet'],
    [['--brokr', 'x', 'report'], 'there is no option --brokr, did you mean --broker?'],
    [['worker', '--concurency', '3'], 'there is no option --concurency, did you mean --concurrency?'],
    [['worker', '-z'], 'umbel worker: there is no option -z; see umbel worker --help'],
    [['worker', '-c'], 'option -c/--concurrency needs a value'],
    [['worker', '-c', 'many'], "option -c/--concurrency: expected a whole number, got 'many'"],
    [['worker', '-l', 'inof'], "expected one of debug, info, warning, error, critical, got 'inof'; did you mean info?"],
    [['worker', '--time-limit', '0'], "option --time-limit: expected seconds above 0, got '0'"],
    [['worker', '--log-format', 'xml'], "option --log-format: expected one of text, json, got 'xml'"],
    [['worker'], 'umbel worker needs an application: umbel -A ./tasks.ts worker'],
    [['worker', 'extra'], "umbel worker: takes options only, got 'extra'"],
    [['call'], 'umbel call: name is missing'],
    [['call', 'a', 'b'], "umbel call: one name only, got 'a b'"],
    [['--workdir', 'no such folder', 'report'], "option --workdir: cannot change to 'no such folder'"]
  ])('refuses %j', async (argv, message) => {
    const { code, stdout, stderr } = await umbel(argv)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain(' at ')
  })

  it.each([
    '--autoscale=10,3',
    '-B',
    '--beat',
    '-D',
    '--detach',
    '-S=x',
    '--statedb=x',
    '-E',
    '--task-events',
    '--events',
    '-Ofair',
    '--purge',
    '--discard',
    '--disable-prefetch',
    '--max-tasks-per-child=1',
    '--max-memory-per-child=1',
    '--without-gossip',
    '--without-mingle',
    '--without-heartbeat',
    '--heartbeat-interval=1',
    '--uid=0',
    '--gid=0',
    '--umask=0',
    '--executable=x',
    '--schedule=x',
    '--scheduler=x'
  ])("refuses Celery's worker option %s by name, since it is not built yet", async option => {
    const { code, stderr } = await umbel(['worker', option])
    expect(code).toBe(2)
    expect(stderr).toMatch(/umbel worker: option (-\w\/)?--[a-z-]+ is not built yet/)
  })

  it('[CLI-41] reads times, numbers and JSON, and says what it wanted where it cannot', async () => {
    const refused = async (...words: string[]): Promise<string> => {
      const { code, stderr } = await umbel(['call', 'tasks.add', ...words])
      expect(code).toBe(2)
      return stderr
    }
    expect(await refused('--args', '[2, 2')).toMatch(
      /option -a\/--args: expected JSON such as \[2, 2\], got \[2, 2 \(.+\)/
    )
    expect(await refused('--args', '{"x": 1}')).toMatch('expected a JSON array such as [2, 2], got {"x": 1}')
    expect(await refused('-k', '[1]')).toMatch('option -k/--kwargs: expected a JSON object such as {"y": 2}, got [1]')
    expect(await refused('--eta', 'tomorrow')).toMatch(/option --eta: expected a time such as 20\S+, got 'tomorrow'/)
    expect(await refused('--eta', '2026-13-45T00:00:00')).toMatch("got '2026-13-45T00:00:00'")
    expect(await refused('--countdown', 'soon')).toMatch("option --countdown: expected a number, got 'soon'")
    expect(await refused('--expires', 'never')).toMatch(/option --expires: expected a time such as \S+, got 'never'/)
  })

  it('paints on a terminal only, and not with -C or NO_COLOR', async () => {
    const painted = '\u001b['
    expect((await umbel(['nonsense'], { tty: true })).stderr).toContain(painted)
    expect((await umbel(['nonsense'], { tty: false })).stderr).not.toContain(painted)
    expect((await umbel(['-C', 'nonsense'], { tty: true })).stderr).not.toContain(painted)
    expect((await umbel(['--no-color', 'nonsense'], { tty: true })).stderr).not.toContain(painted)
    expect((await umbel(['nonsense'], { tty: true, env: { NO_COLOR: '1' } })).stderr).not.toContain(painted)
  })
})
