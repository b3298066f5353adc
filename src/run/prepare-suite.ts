import { ResourceError } from '../core/errors.ts';
import type { ReportedEntry, RunRecord } from '../core/record.ts';
import { type OpenedData, openForSuite } from '../datasets/open-for-suite.ts';
import { loadPublished } from '../suite/published.ts';
import type { Suite } from '../suite/schema.ts';
import { dataProgress } from './data-progress.ts';
import { type Plan, planRun } from './plan.ts';
import type { RunRequest, RunSurroundings } from './request.ts';
import { runProtocol } from './run-protocol.ts';

/** A suite whose data are open and whose images are known; nothing is written yet. */
export interface PreparedSuite {
  readonly request: RunRequest;
  readonly data: OpenedData;
  readonly protocols: RunRecord['protocols'];
  readonly plan: Plan;
  readonly limit: number | undefined;
  readonly reported: readonly ReportedEntry[];
}

/**
 * Opens the data of a suite; the caller closes data.dataset.
 * @throws ResourceError when data are missing, UsageError when they lack a task.
 */
export async function prepareSuite(request: RunRequest, surroundings: RunSurroundings): Promise<PreparedSuite> {
  const { suite } = request.loaded;
  const reported = suite.reported.flatMap((id) => loadPublished(id));
  const data = await openData(request, surroundings, suite.data.split);
  try {
    await requireLabelSplit(request, surroundings);
    const protocols = suite.protocols.map((id) => runProtocol(id, data.dataset.info));
    const limit = request.limit ?? suite.limit;
    return {
      request,
      data,
      protocols,
      plan: planRun(suite, data.dataset, protocols, limit, data.card),
      limit,
      reported,
    };
  } catch (error) {
    await data.dataset.close();
    throw error;
  }
}

/**
 * A mistyped split of the images that experts label is said before the first row is run; that they are not there costs
 * the labels' own figures alone, later.
 * @throws UsageError
 */
async function requireLabelSplit({ loaded, dataDirectory, offline }: RunRequest, surroundings: RunSurroundings) {
  const { labels } = loaded.suite;
  if (!labels) return;
  try {
    const { dataset } = await openForSuite(labels.data, {
      dataDir: dataDirectory,
      offline,
      onProgress: dataProgress(surroundings),
    });
    await dataset.close();
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
  }
}

export const openData = (
  request: RunRequest,
  surroundings: RunSurroundings,
  split: Suite['data']['split'],
): Promise<OpenedData> =>
  openForSuite(
    { ...request.loaded.suite.data, split },
    {
      dataDir: request.dataDirectory,
      requireData: request.requireData,
      offline: request.offline,
      onProgress: dataProgress(surroundings),
    },
  );
