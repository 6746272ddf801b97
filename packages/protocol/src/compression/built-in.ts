import * as zlib from 'node:zlib'
import { DecodeError } from '../errors.js'
import type { Compression } from '../serializer.js'

export interface CompressionOptions {
  /** A body that grows beyond this many bytes is refused: it may be a bomb. Default 128 MiB. */
  readonly maxOutput?: number
}

type Codec = (body: Uint8Array, options: { maxOutputLength: number }) => Uint8Array

const DEFAULT_MAX_OUTPUT = 128 * 1024 * 1024

/** The compressions that node:zlib has here. */
export function builtInCompressions(options: CompressionOptions = {}): readonly Compression[] {
  return [zlibCompression(options), brotliCompression(options), ...zstdCompression(options)]
}

/**
 * What Celery calls gzip is a zlib stream (trap 32). True gzip, which other programs write under that name, is read too.
 */
function zlibCompression(options: CompressionOptions): Compression {
  return {
    name: 'zlib',
    aliases: ['gzip'],
    contentType: 'application/x-gzip',
    compress: body => zlib.deflateSync(body),
    decompress: limited('zlib', zlib.unzipSync, options)
  }
}

function brotliCompression(options: CompressionOptions): Compression {
  return {
    name: 'brotli',
    aliases: [],
    contentType: 'application/x-brotli',
    compress: body => zlib.brotliCompressSync(body),
    decompress: limited('brotli', zlib.brotliDecompressSync, options)
  }
}

function zstdCompression(options: CompressionOptions): readonly Compression[] {
  const { zstdCompressSync: compress, zstdDecompressSync: decompress } = zlib as {
    readonly zstdCompressSync?: (body: Uint8Array) => Uint8Array
    readonly zstdDecompressSync?: Codec
  }
  if (compress === undefined || decompress === undefined) return []
  return [
    {
      name: 'zstd',
      aliases: ['zstandard'],
      contentType: 'application/zstd',
      compress: body => compress(body),
      decompress: limited('zstd', decompress, options)
    }
  ]
}

function limited(name: string, decompress: Codec, options: CompressionOptions): (body: Uint8Array) => Uint8Array {
  const maxOutputLength = options.maxOutput ?? DEFAULT_MAX_OUTPUT
  return body => {
    try {
      return decompress(body, { maxOutputLength })
    } catch (cause) {
      const code: unknown = (cause as { readonly code?: unknown }).code
      const problem =
        code === 'ERR_BUFFER_TOO_LARGE' ? `it grows beyond ${maxOutputLength} bytes` : `it is no ${name} data`
      throw new DecodeError(`the body cannot be decompressed: ${problem}`, { cause })
    }
  }
}
