import type { ExchangeRouter } from './router.js'

/** By pattern over dotted words: `*` is one word, `#` any number of words, none included. (AMQP 0-9-1, 3.1.3.3) */
export const topic = {
  byHeaders: false,
  matches: (binding, routingKey) => matchesWords(words(binding.routingKey ?? ''), words(routingKey))
} satisfies ExchangeRouter

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split('.')
}

/** On a mismatch, goes back to the last `#` and lets it swallow one word more: linear in memory, never exponential. */
function matchesWords(pattern: readonly string[], key: readonly string[]): boolean {
  let at = 0
  let hash = -1
  let swallowed = 0
  for (let word = 0; word < key.length; ) {
    if (pattern[at] === '#') {
      hash = at++
      swallowed = word
    } else if (at < pattern.length && (pattern[at] === '*' || pattern[at] === key[word])) {
      at++
      word++
    } else if (hash >= 0) {
      at = hash + 1
      word = ++swallowed
    } else return false
  }
  while (pattern[at] === '#') at++
  return at === pattern.length
}
