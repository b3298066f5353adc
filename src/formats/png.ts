/** PNG, third edition (W3C 2025): the decoder keeps palettes and 16 bits, which image libraries tend to convert. */
export { decodePng } from './png-decode.ts';
export { encodePng } from './png-encode.ts';
export type { PngImage } from './png-types.ts';
