import { expect, it } from 'vitest';
import { RUNTIME_ATTENTION_RULES } from '../../../src/network/onnx-costs/rules/attention.ts';
import { knownOperators, mayCount } from '../../../src/network/onnx-costs/rules/index.ts';
import { MAC_CASES } from './mac-cases.ts';
import { DATA_DEPENDENT_CASES, PLAIN_CASES } from './plain-cases.ts';
import { SHAPE_CASES } from './shape-cases.ts';

const shaped = new Set(
  [SHAPE_CASES, PLAIN_CASES, DATA_DEPENDENT_CASES].flatMap((cases) =>
    Object.values(cases).flatMap(({ nodes }) => nodes.map(([op]) => op)),
  ),
);
const counted = new Set(MAC_CASES.map(([, , , op]) => op));

/** Operators of ONNX Runtime's own domain that mean something else in ONNX, or nothing. */
const own = Object.keys(RUNTIME_ATTENTION_RULES).map((op) => `com.microsoft/${op}`);
/** The other rules serve both domains, so that a case of either proves them. */
const isIn = (cases: ReadonlySet<string>) => (op: string) =>
  cases.has(op) || (!own.includes(`com.microsoft/${op}`) && cases.has(`com.microsoft/${op}`));

it('every rule has its shapes and types held against ONNX Runtime', () => {
  expect([...knownOperators(), ...own].filter((op) => !isIn(shaped)(op))).toEqual([]);
});

it('every rule that counts has a closed form', () => {
  const counting = knownOperators().filter((op) => mayCount('', op));
  expect(counting.length).toBeGreaterThan(15);
  expect([...counting, ...own].filter((op) => !isIn(counted)(op))).toEqual([]);
});
