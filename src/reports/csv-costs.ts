import type { MeasuredEntry } from '../core/record.ts';
import { uncountedWords } from './cost-columns.ts';

/** Lines of one entry's costs: exact counts, and the reason where one is not known. */
export function costLines({ cost }: MeasuredEntry) {
  if (!cost) return [];
  const {
    params,
    paramsUndefined,
    storedParams,
    macs,
    macsBy,
    uncounted = [],
    weightBytes,
    peakActivationBytes,
  } = cost;
  const note = `one image of ${cost.inputSize}`;
  const missing = uncounted.length ? uncountedWords(uncounted) : undefined;
  const line = (
    key: string,
    value: number | undefined,
    unit: string,
    more: { note?: string; reason?: string } = {},
  ) => ({
    key: `cost/${key}`,
    value: value ?? null,
    unit,
    better: 'lower',
    ...more,
  });
  const known = (key: string, value: number | undefined, unit: string, more: { note?: string }) =>
    value === undefined ? [] : [line(key, value, unit, more)];
  return [
    line('params', params, 'parameters', params === undefined ? { reason: paramsUndefined } : {}),
    ...known('storedParams', storedParams, 'values', { note: 'weights as the file holds them' }),
    line('macs', macs, 'MACs', { note: macs !== undefined && missing ? `${note}; at least` : note, reason: missing }),
    ...known('macs:convolution', macsBy?.convolution, 'MACs', { note }),
    ...known('macs:matmul', macsBy?.matmul, 'MACs', { note }),
    ...known('weightBytes', weightBytes, 'bytes', {}),
    ...known('peakActivationBytes', peakActivationBytes, 'bytes', { note }),
    ...(uncounted.length ? [line('uncountedLayers', uncounted.length, 'layers', { reason: missing })] : []),
  ];
}
