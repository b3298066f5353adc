import { csv } from './csv.ts';
import { html } from './html/index.ts';
import { json } from './json.ts';
import { latex } from './latex.ts';
import { markdown } from './markdown.ts';
import type { Reporter } from './reporter.ts';
import { terminal } from './terminal.ts';

/** Every report format, by the name that --format takes. */
export const REPORTERS = { terminal, csv, markdown, latex, html, json } as const satisfies Record<string, Reporter>;
export type ReportFormat = keyof typeof REPORTERS;
