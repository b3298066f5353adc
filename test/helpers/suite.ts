import { loadSuite } from '../../src/suite/load.ts';
import { isJoint, type LoadedJoint, type LoadedSuite } from '../../src/suite/loaded.ts';

/** A suite without parts. */
export function loadSingle(reference: string): LoadedSuite {
  const loaded = loadSuite(reference);
  if (isJoint(loaded)) throw new Error(`suite ${reference} has parts`);
  return loaded;
}

export function loadJoint(reference: string): LoadedJoint {
  const loaded = loadSuite(reference);
  if (!isJoint(loaded)) throw new Error(`suite ${reference} has no parts`);
  return loaded;
}
