// The gates: format and lint, types, dead code, import direction, and the package as users would install it.
import { $ } from 'zx';

const gates = {
  'format and lint': () => $`npx biome ci --colors=off --error-on-warnings`,
  types: () => $`npx tsc -p .`,
  'dead code': () => $`npx knip`,
  'import direction': () => $`npx depcruise --config .dependency-cruiser.cjs src`,
  package: () => $`npm run -s build && npx publint --strict && node scripts/check-package.mjs`,
};

let failures = 0;
for (const [name, gate] of Object.entries(gates)) {
  const started = Date.now();
  const result = await gate().nothrow().quiet();
  const ok = result.exitCode === 0;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (!ok) console.log(result.stdout + result.stderr);
  failures += ok ? 0 : 1;
}
process.exit(failures ? 1 : 0);
