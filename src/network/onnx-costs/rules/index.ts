import type { Rule } from '../call.ts';
import { ATTENTION_RULES, RUNTIME_ATTENTION_RULES } from './attention.ts';
import { ELEMENTWISE_RULES } from './elementwise.ts';
import { INDEXING_RULES } from './indexing.ts';
import { LAYOUT_RULES } from './layout.ts';
import { MATMUL_RULES } from './matmul.ts';
import { REDUCE_RULES } from './reduce.ts';
import { RESIZE_RULES } from './resize.ts';
import { WINDOW_RULES } from './window.ts';

const STANDARD: Readonly<Record<string, Rule>> = {
  ...WINDOW_RULES,
  ...MATMUL_RULES,
  ...ATTENTION_RULES,
  ...ELEMENTWISE_RULES,
  ...REDUCE_RULES,
  ...LAYOUT_RULES,
  ...INDEXING_RULES,
  ...RESIZE_RULES,
};
const RUNTIME: Readonly<Record<string, Rule>> = { ...STANDARD, ...RUNTIME_ATTENTION_RULES };

/** Operators that multiply and add; of all others that have a rule, nothing counts. */
const COUNTED = new Set([
  ...Object.keys(MATMUL_RULES),
  ...Object.keys(ATTENTION_RULES),
  ...Object.keys(RUNTIME_ATTENTION_RULES),
  ...Object.keys(WINDOW_RULES).filter((op) => op.includes('Conv')),
]);

/** The rule of an operator, of ONNX itself or of ONNX Runtime's own domain. */
export function ruleOf(domain: string, op: string): Rule | undefined {
  const rules = domain === '' || domain === 'ai.onnx' ? STANDARD : domain === 'com.microsoft' ? RUNTIME : {};
  return Object.hasOwn(rules, op) ? rules[op] : undefined;
}

/** Whether a node of this operator may multiply and add: those that do, and those that nobody here knows. */
export const mayCount = (domain: string, op: string): boolean => COUNTED.has(op) || ruleOf(domain, op) === undefined;

/** Every operator of ONNX itself that has a rule. */
export const knownOperators = (): string[] => Object.keys(STANDARD);
