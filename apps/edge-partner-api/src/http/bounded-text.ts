/** The text of a body, read no further than `maxBytes`; null where it goes on. */
export async function boundedText(body: Body['body'], maxBytes: number): Promise<string | null> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body ?? []) {
    // A body is a stream of bytes.
    const part = chunk as Uint8Array;
    bytes += part.byteLength;
    // Leaving the loop cancels the stream.
    if (bytes > maxBytes) return null;
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
