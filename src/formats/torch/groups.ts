import { isKind, type TensorView, type Value } from './values.ts';

/** The tensors that lie side by side in one dict or list of a checkpoint. */
export interface TensorGroup {
  /** Keys from the root, joined by "/"; "" for the root itself. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorView>;
}

/** Deeper than any checkpoint is nested. */
const MAX_DEPTH = 8;

/** Every group, from the root outwards; each container is visited once, however often it is referred to. */
export function tensorGroups(root: Value): TensorGroup[] {
  if (isKind(root, 'tensor')) return [{ path: '', tensors: new Map([['tensor', root]]) }];
  const groups: TensorGroup[] = [];
  const seen = new Set<Value>();
  let level: [path: string, container: Value][] = [['', root]];
  for (let depth = 0; depth < MAX_DEPTH && level.length; depth++) {
    const next: typeof level = [];
    for (const [path, container] of level) {
      if (seen.has(container)) continue;
      seen.add(container);
      const tensors = new Map<string, TensorView>();
      for (const [name, value] of childrenOf(container)) {
        if (isKind(value, 'tensor')) tensors.set(name, value);
        else if (isContainer(value)) next.push([path ? `${path}/${name}` : name, value]);
      }
      if (tensors.size) groups.push({ path, tensors });
    }
    level = next;
  }
  return groups;
}

const isContainer = (value: Value): boolean => value instanceof Map || Array.isArray(value) || isKind(value, 'tuple');

function childrenOf(value: Value): [name: string, child: Value][] {
  if (value instanceof Map) return [...value].flatMap(([key, child]) => (isName(key) ? [[String(key), child]] : []));
  const items = Array.isArray(value) ? value : isKind(value, 'tuple') ? value.items : [];
  return items.map((child, i) => [String(i), child]);
}

const isName = (key: Value): boolean => typeof key === 'string' || typeof key === 'number';
