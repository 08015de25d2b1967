// A result as it travels.

/** Its body and its content type. */
export interface EncodedResult {
  readonly contentType: string;
  readonly body: Buffer;
}
