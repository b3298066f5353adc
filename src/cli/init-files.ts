import { TASKS } from '../core/tasks.ts';
import type { ModelFacts, OutputFacts } from './init-facts.ts';
import { OWN_CONVENTIONS } from './own-conventions.ts';

/** Quoted as YAML takes it, whatever a file calls its outputs. */
const quoted = (text: string): string => JSON.stringify(text);

const ask = (key: string, question: string): string => `${key}: "?" # QUESTION: ${question}`;

/**
 * A model card with everything that the file tells. "?" stands where a wrong guess would become a wrong figure: the card
 * is refused until it is answered.
 * @param onnx the path of the file as the card gives it
 */
export function cardText(id: string, onnx: string, facts: ModelFacts): string {
  return `# Written by densebench init. The file's input is ${facts.input}.
# "?" is a question that only the network's owner can answer: the card is refused until none is left, and
# "densebench validate" names those that are. Other questions have a default that is safe, or only shown.
# All keys are explained in docs/models.md, the way from here on in docs/own-model.md.
id: ${id}
title: ${id} # QUESTION: how shall tables call it?
licence: ${licenceText(facts)}
onnx: ${quoted(onnx)}
input:
${indented(inputLines(facts), 2)}
outputs:${outputLines(facts)}
resize: bicubic # QUESTION: how does your own evaluation bring outputs to the size of the image, bicubic or bilinear?
${costLine(facts)}`;
}

/** A network may be converted by densebench and trained by anyone: only the file itself could tell. */
const licenceText = ({ licence }: ModelFacts): string =>
  licence === undefined
    ? 'unknown # QUESTION: under which licence are the weights? (shown only)'
    : `${quoted(licence)} # stated by the file`;

function inputLines({ layout, width, height, isOwn, preparesItself }: ModelFacts): string[] {
  const size =
    width === undefined
      ? [
          '# The file leaves the size free: each image goes in at its own. QUESTION: was it trained for one size?',
          '# width: 640',
          '# height: 480',
          '# QUESTION: must sizes be multiples of something? Then images are padded to it, and maps cut back.',
          '# stride: 32',
        ]
      : [`width: ${width} # from the file`, `height: ${height}`];
  const order = layout
    ? [`layout: ${layout} # from the file`]
    : [ask('layout', 'does the input end in channels (nhwc) or in the width (nchw)?')];
  const itself = preparesItself.length
    ? [`# The file begins with ${preparesItself.join(', ')}: it may scale and normalise by itself.`]
    : [];
  const values = isOwn
    ? OWN_CONVENTIONS.input
    : [
        ask('colourOrder', 'in which order does it take the colours, rgb or bgr?'),
        ask(
          'scale',
          'what are values of 0..255 multiplied by first? 0.00392156862745098 (1/255) for 0..1, 1 for nothing',
        ),
        ask(
          'mean',
          'what is subtracted then, in its order of colours? [0, 0, 0] for nothing; ImageNet, rgb: [0.485, 0.456, 0.406]',
        ),
        ask('std', 'what is it divided by then? [1, 1, 1] for nothing; ImageNet, rgb: [0.229, 0.224, 0.225]'),
      ];
  return [...size, ...order, ...itself, ...values];
}

function outputLines(facts: ModelFacts): string {
  const { outputs, left, isOwn } = facts;
  const rest = left.length ? [`# Not used: ${left.join(', ')}`] : [];
  const { segmentation, depth, normals } = outputs;
  if (!segmentation && !depth && !normals)
    return [' "?" # QUESTION: which output is segmentation, depth or normals? See docs/models.md', ...rest].join('\n');
  const blocks = [
    ...(segmentation ? ['segmentation:', ...indentedLines(segmentationLines(segmentation))] : []),
    ...(depth ? ['depth:', ...indentedLines(depthLines(depth, isOwn))] : []),
    ...(normals ? ['normals:', ...indentedLines(normalsLines(normals, isOwn))] : []),
  ];
  return `\n${indented([...blocks, ...rest], 2)}`;
}

const nameLine = ({ name, words }: OutputFacts) => `name: ${quoted(name)} # ${words}`;

/** The class list of the papers; any other number of classes needs to be told which is which. */
const DATA_CLASSES = 40;

function segmentationLines(output: OutputFacts): string[] {
  const { channels, holdsLabels } = output;
  const isWhole = !holdsLabels && channels === DATA_CLASSES;
  const count = holdsLabels || channels === undefined ? 'one for each class' : `${channels} of them`;
  const map = isWhole
    ? `# QUESTION: are its classes the ${DATA_CLASSES} of NYUDv2 in their order (0 = wall)? If not: labelMap: [...]`
    : ask(
        'labelMap',
        `the train id of the data set for each class of the network, ${count}, 255 for none; delete this line if they are the same`,
      );
  return [
    nameLine(output),
    `kind: ${holdsLabels ? 'labels' : 'logits # scores per class: logits or probabilities'}`,
    map,
  ];
}

function depthLines(output: OutputFacts, isOwn: boolean): string[] {
  if (isOwn) return [nameLine(output), ...OWN_CONVENTIONS.depth];
  return [
    nameLine(output),
    ask('kind', 'is it depth, inverse-depth, disparity or log-depth?'),
    ask('unit', 'of the depth: m, dm, cm or mm?'),
    '# QUESTION: is something left to be applied? activation: sigmoid, multiplier: 9.99, shift: 0.01 (in this order), scale',
  ];
}

function normalsLines(output: OutputFacts, isOwn: boolean): string[] {
  if (isOwn) return [nameLine(output), ...OWN_CONVENTIONS.normals];
  return [
    nameLine(output),
    'encoding: signed # QUESTION: does it hold -1..1 (signed) or 0..1 (zero-to-one)?',
    ask(
      'axes',
      'which camera axis is each channel (x right, y down, z forward, normals towards the camera)? [x, "y", z], a minus for the opposite sign',
    ),
  ];
}

function costLine({ costs }: ModelFacts): string {
  if (costs.params !== undefined) return `# The file tells its ${costs.params} parameters; MACs are counted from it.\n`;
  return `# QUESTION: how many parameters were learned? The file does not tell (${costs.paramsUndefined}).\n# cost: { params: ${costs.storedParams} } # so many values are stored\n`;
}

/** A suite with the card as its row. @param classes of the data set */
export function suiteText(id: string, facts: ModelFacts): string {
  const tasks = TASKS.filter((task) => facts.outputs[task]);
  const known = tasks.length ? tasks : (['depth'] as const);
  const isThirteen = facts.outputs.segmentation?.channels === 13;
  const classes = isThirteen ? 13 : DATA_CLASSES;
  return `# Written by densebench init. Run it with: densebench run ${id}
id: ${id}
title: ${id} on NYUDv2
# QUESTION: on which data? Where NYUDv2 is not found, procedural rooms stand in, and every output says so.
data: { id: nyudv2, split: test, classes: ${classes}, depth: raw, sample: rooms }
tasks: [${known.join(', ')}]
protocols: [authors-nyud, eigen-nyu] # QUESTION: by which rules? docs/protocols.md; the first is the main table's
entries:
  - id: ${id}
    model: ${id}
    backend: { id: onnxruntime-node, threads: 1 }
  - id: prior
    title: prior of the train split
    backend: { id: prior } # the floor to beat
latency: {}
`;
}

const indented = (lines: readonly string[], spaces: number): string =>
  lines.map((line) => ' '.repeat(spaces) + line).join('\n');
const indentedLines = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
