import type { ModelProto } from '../../formats/generated/onnx_pb.ts';

/** Where our own ONNX files say how many parameters the network had before folding. */
export const PARAMS_PROPERTY = 'densebench.params';

const RUNNING_STATISTICS = [3, 4];

/**
 * Learnable parameters before folding. Our own files state them; otherwise a graph in which a batch normalisation still
 * follows its convolution was not folded (who folds, folds all of these), and holds them all beside the running
 * statistics. A file without such a pair may once have had more.
 */
export function learnableParams(
  model: ModelProto,
  weights: ReadonlyMap<string, number>,
): { readonly params?: number; readonly paramsUndefined?: string } {
  const stated = model.metadataProps.find(({ key }) => key === PARAMS_PROPERTY)?.value;
  if (stated !== undefined && /^\d{1,15}$/.test(stated)) return { params: Number(stated) };
  const nodes = model.graph?.node ?? [];
  if (nodes.some(({ opType }) => /^Q(Linear|Gemm|Attention)|Integer|^(De|Dynamic)?[Qq]uantize|NBits/.test(opType)))
    return { paramsUndefined: 'the file is quantised; what was learned is stored in another form' };
  const convolved = new Set(nodes.filter(({ opType }) => /^Conv/.test(opType)).map(({ output }) => output[0]));
  const norms = nodes.filter(({ opType }) => opType === 'BatchNormalization');
  if (!norms.some(({ input }) => convolved.has(input[0])))
    return { paramsUndefined: 'batch normalisation may have been folded into the weights; the file does not tell' };
  const statistics = new Set(norms.flatMap(({ input }) => RUNNING_STATISTICS.map((i) => input[i])));
  let params = 0;
  for (const [name, count] of weights) if (!statistics.has(name)) params += count;
  return Number.isSafeInteger(params) ? { params } : { paramsUndefined: 'more than 2^53' };
}
