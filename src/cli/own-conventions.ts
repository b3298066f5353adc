/**
 * How every network that densebench writes wants to be fed and read, as lines of a model card: the conventions of the
 * authors' notebooks (DrSleep, multi-task-refinenet).
 */
export const OWN_CONVENTIONS = {
  input: [
    'colourOrder: rgb',
    'mean: [0.485, 0.456, 0.406] # ImageNet, after value x 1/255',
    'std: [0.229, 0.224, 0.225]',
  ],
  depth: ['kind: depth', 'unit: m', 'absolute: true'],
  normals: ['axes: [x, z, "y"]'],
} as const;
