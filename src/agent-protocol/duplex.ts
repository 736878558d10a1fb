/** Both directions of a connection, as the web's streams have them. */

/** The part of a `ReadableStreamDefaultReader` that is used here. */
export interface PieceReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
  cancel(reason?: unknown): Promise<void>
}

/** The part of a `WritableStreamDefaultWriter` that is used here. */
export interface PieceWriter {
  write(piece: Uint8Array): Promise<void>
  close(): Promise<void>
  abort(reason?: unknown): Promise<void>
}

/** A connection; a pair of a `ReadableStream` and a `WritableStream` of `Uint8Array`s is assignable. */
export interface Duplex {
  readonly readable: { getReader(): PieceReader }
  readonly writable: { getWriter(): PieceWriter }
}

/**
 * Ends both directions, after what was written is away, or at once where there is a `reason`. What is gone already is no
 * error.
 */
export async function closeDuplex(reader: PieceReader, writer: PieceWriter, reason?: unknown): Promise<void> {
  // One after the other: to cancel one half of a Node socket's pair destroys the socket with what it has still to write.
  await Promise.allSettled([reason === undefined ? writer.close() : writer.abort(reason)])
  await Promise.allSettled([reader.cancel(reason)])
}
