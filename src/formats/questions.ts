import { isMap, isScalar, isSeq, type LineCounter } from 'yaml';

/** What stands in a file in place of a value that only its owner knows; `densebench init` writes it. */
export const QUESTION = '?';

/**
 * The questions that a YAML file still has: values that are "?", by file, line and key, each with the words behind
 * "# QUESTION:" on its line.
 */
export function openQuestions(root: unknown, text: string, lines: LineCounter, file: string): string[] {
  const rows = text.split('\n');
  return questionsIn(root, []).map(({ key, offset }) => {
    const { line, col } = lines.linePos(offset);
    const words = /#\s*QUESTION:\s*(.*)/.exec(rows[line - 1] ?? '')?.[1];
    return `${file}:${line}:${col}: ${key} is not answered yet${words ? `: ${words}` : ''}`;
  });
}

interface Found {
  readonly key: string;
  readonly offset: number;
}

function questionsIn(node: unknown, path: readonly string[]): Found[] {
  if (isScalar(node)) return node.value === QUESTION ? [{ key: path.join('.'), offset: node.range?.[0] ?? 0 }] : [];
  if (isSeq(node)) return node.items.flatMap((item, i) => questionsIn(item, [...path, String(i)]));
  if (isMap(node)) return node.items.flatMap(({ key, value }) => questionsIn(value, [...path, String(key)]));
  return [];
}
