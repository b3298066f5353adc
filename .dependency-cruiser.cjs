// Imports go one way: core <- formats, kernels, worlds, suite <- download <- metrics, datasets, checkpoints, network, backends <- run, stats, experts, training <- reports <- cli.
const LAYERS = [
  ['core'],
  ['formats', 'kernels', 'worlds', 'suite'],
  ['download'],
  ['metrics', 'datasets', 'checkpoints', 'network', 'backends'],
  ['run', 'stats', 'experts', 'training'],
  ['reports'],
  ['cli'],
];

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'core-stands-alone', severity: 'error', from: { path: '^src/core/' }, to: { path: '^src/(?!core/)' } },
    ...LAYERS.slice(0, -1).map((layer, i) => ({
      name: `${layer.join('-')}-import-nothing-above-them`,
      severity: 'error',
      from: { path: `^src/(${layer.join('|')})/` },
      to: {
        path: `^src/(${LAYERS.slice(i + 1)
          .flat()
          .join('|')})/`,
      },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
