import { messageOf } from '../core/errors.ts';
import { evenlySpaced } from '../core/evenly-spaced.ts';
import { IGNORE_LABEL, type LabelRaster, type RgbRaster } from '../core/raster.ts';
import { CONFIDENCE_ONE } from '../datasets/label-layer-provenance.ts';
import { encodePng } from '../formats/png.ts';
import { draw, shrink } from '../run/pictures.ts';
import type { LabelledData } from './label-dataset.ts';

/** A picture of a sample with what it shows in words. */
export interface LayerPicture {
  readonly caption: string;
  readonly pngBase64: string;
}

export interface LayerPanel {
  readonly sample: string;
  readonly pictures: readonly LayerPicture[];
}

const PANELS = 4;

/** Pictures of a few images of the layer, evenly spaced: image, labels, each score and, where there is one, truth and error. */
export async function layerPanels(
  { layer, dataset, indices }: LabelledData,
  onProblem: (words: string) => void,
): Promise<LayerPanel[]> {
  const panels: LayerPanel[] = [];
  const chosen = evenlySpaced(indices.length, PANELS).map((i) => indices[i]);
  for await (const sample of dataset.load(chosen)) {
    try {
      const labels = await layer.labels(sample.id);
      const picture = (caption: string, raster: RgbRaster): LayerPicture => ({
        caption,
        pngBase64: Buffer.from(encodePng({ ...shrink(raster), channels: 3 })).toString('base64'),
      });
      const pictures = [
        picture('image', await sample.image()),
        picture('label', draw('segmentation', { segmentation: labels }, {}) as RgbRaster),
      ];
      if (dataset.info.tasks.includes('segmentation')) {
        const truth = await sample.segmentation();
        pictures.push(
          picture('truth', draw('segmentation', { segmentation: truth }, {}) as RgbRaster),
          picture('error', drawError(labels, truth)),
        );
      }
      for (const score of layer.provenance.scores) {
        const { data, ...size } = await layer.confidence(sample.id, score);
        pictures.push(
          picture(
            score,
            grey(size, (i) => Math.round((255 * data[i]) / CONFIDENCE_ONE)),
          ),
        );
      }
      panels.push({ sample: sample.id, pictures });
    } catch (error) {
      // A picture decides no figure.
      onProblem(`no picture of ${sample.id}: ${messageOf(error)}`);
    }
  }
  return panels;
}

type Size = Pick<RgbRaster, 'height' | 'width'>;

function grey({ height, width }: Size, brightness: (pixel: number) => number): RgbRaster {
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) data.fill(brightness(i), 3 * i, 3 * i + 3);
  return { height, width, channels: 3, data };
}

const [WRONG, RIGHT] = [
  [214, 64, 64],
  [200, 206, 210],
];

/** Red where the label is wrong, light where it is right, black without a truth or a label. */
function drawError(labels: LabelRaster, truth: LabelRaster): RgbRaster {
  const raster = grey(labels, () => 0);
  for (let i = 0; i < labels.data.length; i++)
    if (truth.data[i] !== IGNORE_LABEL && labels.data[i] !== IGNORE_LABEL)
      raster.data.set(labels.data[i] === truth.data[i] ? RIGHT : WRONG, 3 * i);
  return raster;
}
