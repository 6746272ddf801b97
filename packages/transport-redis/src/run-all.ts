interface Pipeline {
  exec(): Promise<[Error | null, unknown][] | null>
}

/** The answers of a pipeline. @throws the first error among them */
export async function runAll(pipeline: Pipeline): Promise<readonly unknown[]> {
  const answers = (await pipeline.exec()) ?? []
  const failed = answers.find(([error]) => error !== null)
  if (failed?.[0]) throw failed[0]
  return answers.map(([, answer]) => answer)
}
