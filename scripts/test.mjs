// Runs the test suite and ends with one line of counts; every skipped test is named, none is skipped in silence.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';

const folder = mkdtempSync(join(tmpdir(), 'densebench-test-'));
const output = join(folder, 'results.json');
const run = await $({
  stdio: 'inherit',
  nothrow: true,
})`npx vitest run --reporter=default --reporter=json --outputFile.json=${output} ${process.argv.slice(2)}`;
let results;
try {
  results = JSON.parse(readFileSync(output, 'utf8'));
} catch {
  console.error('the tests did not run to their end');
  process.exit(run.exitCode || 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const tests = results.testResults.flatMap((file) => file.assertionResults);
const skipped = tests.filter(({ status }) => status === 'skipped' || status === 'pending' || status === 'todo');
for (const { fullName } of skipped) console.log(`skipped (its reason is printed above): ${fullName}`);
const passed = tests.filter(({ status }) => status === 'passed').length;
const failed = tests.filter(({ status }) => status === 'failed').length;
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exit(run.exitCode);
