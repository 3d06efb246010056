import { checkFieldNames, type EnvelopeParts } from './envelope.ts';
import { EnvelopeError } from './envelope-error.ts';
import type { FieldCodec } from './fields.ts';
import { createOpenContext, type OpenContext, type OpenerOptions, openEnvelope } from './open-envelope.ts';
import type { EnvelopeScheme } from './scheme.ts';

/** An envelope to open: its two parts, and whichever fields the sender included. */
export type EnvelopeToOpen<K extends string> = Readonly<EnvelopeParts> & {
  readonly [P in K]?: string | null | undefined;
};

/** The fields to open: their names, or their names with the format each must have. */
export type FieldsToOpen<K extends string> = readonly K[] | Readonly<Record<K, FieldCodec>>;

export interface Opener {
  readonly scheme: EnvelopeScheme;
  /**
   * Opens the named fields, all or none. An envelope says nothing about who sealed it: authenticate the sender
   * first. Give codecs wherever there are several fields, or a sender can swap them.
   *
   * @throws EnvelopeError `open_failed`, the same whatever the cause; `invalid_input` for a wrong list of names or a
   * field without codec
   * @example
   * const { encryptedCI, encryptedName } = fieldCodecs;
   * const member = await opener.open(body, { encryptedCI, encryptedName });
   */
  open<K extends string>(
    envelope: EnvelopeToOpen<NoInfer<K>>,
    fields: Readonly<Record<K, FieldCodec>>,
  ): Promise<Record<K, string>>;
  open<const K extends string>(
    envelope: EnvelopeToOpen<NoInfer<K>>,
    fieldNames: readonly K[],
  ): Promise<Record<K, string>>;
}

/**
 * Opens envelopes sealed for us.
 *
 * @throws EnvelopeError `bad_key` for keys that were not imported; `unsupported_scheme` for PKCS#1 v1.5, OAEP with
 * two hashes, and CBC without the opt-in
 * @example
 * const opener = createOpener({ keys: await importPrivateKeys(env.PRIVATE_JWKS) });
 * const { encryptedCI: ci } = await opener.open(body, ['encryptedCI']);
 */
export function createOpener(options: OpenerOptions): Opener {
  const context = createOpenContext(options);
  return Object.freeze({
    scheme: context.scheme,
    open: <K extends string>(envelope: EnvelopeToOpen<K>, fields: FieldsToOpen<K>) =>
      openFields(context, envelope, fields),
  });
}

type Decoder = Pick<FieldCodec, 'decode'>;

/** Stands for the codec where only names are given. */
const anyText: Decoder = { decode: (text) => text };

/** Opens and checks every field, with one error for whatever fails. */
export async function openFields<K extends string>(
  context: OpenContext,
  envelope: EnvelopeToOpen<K>,
  fields: FieldsToOpen<K>,
  keepDek?: (dek: Uint8Array<ArrayBuffer>) => void,
): Promise<Record<K, string>> {
  const names = isNameList(fields) ? [...fields] : Object.keys(fields ?? {});
  checkFieldNames(names);
  const codecs: Decoder[] = isNameList(fields) ? names.map(() => anyText) : Object.values<Decoder>(fields);
  if (!codecs.every((codec) => codec?.decode))
    throw new EnvelopeError('invalid_input', 'Expected a codec for every field.');
  const opened = await openChecked(context, envelope, names, codecs, keepDek);
  // The one place that fails, so that not even the stack tells the cause.
  if (opened === undefined) throw new EnvelopeError('open_failed', 'The envelope could not be opened.');
  // Object.fromEntries widens the names to string; there is exactly one text per requested name.
  return opened as Record<K, string>;
}

/** Undefined where anything at all fails: why is not to be known. */
async function openChecked(
  context: OpenContext,
  envelope: Readonly<Record<string, unknown>>,
  names: readonly string[],
  codecs: readonly Decoder[],
  keepDek: ((dek: Uint8Array<ArrayBuffer>) => void) | undefined,
): Promise<Record<string, string> | undefined> {
  try {
    const texts = await openEnvelope(context, envelope, names, keepDek);
    return Object.fromEntries(codecs.map((codec, index) => [names[index], codec.decode(texts[index] ?? '')]));
  } catch {
    return undefined;
  }
}

function isNameList<K extends string>(fields: FieldsToOpen<K>): fields is readonly K[] {
  return Array.isArray(fields);
}
