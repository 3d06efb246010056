import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Scalar } from 'yaml';

/** What aliases may add to a document in all, in parts: far more than anybody writes, far less than fills a memory. */
const ALIASED_PARTS_MAX = 10_000;
/** A rules document is eight deep; the parameters of a test may be whatever a device sends. */
const DEPTH_MAX = 64;

type Report = (offset: number, message: string, hint?: string) => void;

/**
 * Reports what would not be read as it is written: numbers and booleans that have another spelling than the one
 * they are compared by, names that are no texts, aliases without an end.
 */
export function checkAsWritten(document: Document.Parsed, report: Report): void {
  const anchors = new Map<string, { parts: number }>();
  let aliased = 0;

  /** How many parts a node has, aliases followed. */
  const partsOf = (node: unknown, depth: number): number => {
    if (!isNode(node)) return 0;
    const offset = node.range?.[0] ?? 0;
    if (depth > DEPTH_MAX) {
      report(offset, `is nested more than ${DEPTH_MAX} deep`);
      return 0;
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) {
        report(offset, `*${node.source} stands for nothing: no &${node.source} was completed before it`);
        return 0;
      }
      const before = aliased;
      aliased += target.parts;
      if (before <= ALIASED_PARTS_MAX && aliased > ALIASED_PARTS_MAX) {
        report(offset, `aliases stand for more than ${ALIASED_PARTS_MAX} parts`, 'write them out');
      }
      return target.parts;
    }
    let parts = 1;
    if (isScalar(node)) checkScalar(node, report);
    if (isSeq(node)) for (const item of node.items) parts += partsOf(item, depth + 1);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (isNode(key) && !isScalar(key)) report(key.range?.[0] ?? 0, 'expected a text as a name');
        else if (isScalar(key) && key.value === null) report(key.range?.[0] ?? 0, 'a name is missing');
        else parts += partsOf(key, depth + 1);
        parts += partsOf(value, depth + 1);
      }
    }
    // Known only from here on, so that nothing can contain itself.
    if (node.anchor !== undefined) anchors.set(node.anchor, { parts });
    return parts;
  };
  partsOf(document.contents, 0);
}

function checkScalar({ value, source, range }: Scalar, report: Report): void {
  if (typeof value !== 'number' && typeof value !== 'boolean') return;
  if (source === undefined || String(value) === source) return;
  report(
    range?.[0] ?? 0,
    `${source} would be read as ${value}`,
    `write "${source}" for the text, ${value} for the ${typeof value}`,
  );
}
