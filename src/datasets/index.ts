export { findCard } from './find-card.ts';
export { LOADERS, openDataset } from './loaders.ts';
export { cacheDirectory, locate } from './locate.ts';
export { openForSuite } from './open-for-suite.ts';
