/** PostgreSQL takes less than 8000 bytes. */
const LONGEST = 7900

/** What one process tells the others: who it is, and the topics, a line each; as many notifications as that takes. */
export function encodeNews(sender: string, topics: ReadonlySet<string>): readonly string[] {
  const news: string[] = []
  let text = sender
  let bytes = sender.length
  for (const topic of topics) {
    const size = Buffer.byteLength(topic) + 1
    // Without topics it means anything.
    if (sender.length + size > LONGEST) return [sender]
    if (bytes + size > LONGEST) {
      news.push(text)
      text = sender
      bytes = sender.length
    }
    text += `\n${topic}`
    bytes += size
  }
  return [...news, text]
}

export interface News {
  readonly sender: string
  /** None: anything may have happened. */
  readonly topics: ReadonlySet<string>
}

export function decodeNews(payload: string): News {
  const [sender = '', ...topics] = payload.split('\n')
  return { sender, topics: new Set(topics) }
}
