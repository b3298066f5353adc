import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ModelProto, StringStringEntryProtoSchema } from '../formats/generated/onnx_pb.ts';

export const PRODUCER = 'densebench';
const PARAMS = 'densebench.params';

/** What folding takes away from a file, kept beside it: the count of learnable parameters before. */
export const paramsMetadata = (params: number): MessageInitShape<typeof StringStringEntryProtoSchema>[] => [
  { key: PARAMS, value: String(params) },
];

/** The learnable parameters before folding that a file of ours states; undefined for any other. */
export function statedParams({ producerName, metadataProps }: ModelProto): number | undefined {
  const text = metadataProps.find(({ key }) => key === PARAMS)?.value ?? '';
  return producerName === PRODUCER && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
