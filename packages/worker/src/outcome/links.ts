import type { SignatureData } from '@umbel/protocol'

/** Links of an option, which may be one, several or none. (trap 24) */
export function linksOf(links: SignatureData | readonly SignatureData[] | undefined | null): readonly SignatureData[] {
  if (links === undefined || links === null) return []
  return Array.isArray(links) ? (links as readonly SignatureData[]) : [links as SignatureData]
}
