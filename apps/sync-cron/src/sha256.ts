/** SHA-256 in hex. */
export async function sha256(bytes: ArrayBuffer | ArrayBufferView): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', bytes));
}

export function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
