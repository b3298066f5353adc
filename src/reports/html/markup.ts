import { oneLine } from '../text.ts';

/** A piece of HTML that is safe to put into a page: made by `html` only, which escapes every value put into it. */
export interface Markup {
  readonly markup: string;
}

type Value = Markup | string | number | undefined | readonly Markup[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function textOf(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return oneLine(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
  if ('markup' in value) return value.markup;
  return value.map(({ markup }) => markup).join('');
}

/** html`<td>${anything}</td>`: strings are escaped for text and for quoted attributes, undefined is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { markup: parts.map((part, i) => part + (i < values.length ? textOf(values[i]) : '')).join('') };
}

export const NOTHING: Markup = { markup: '' };

/** A link where the address is one of the web; else the words alone. */
export function link(url: string | undefined, words: string): Markup {
  return url !== undefined && /^https?:\/\//i.test(url) ? html`<a href="${url}">${words}</a>` : html`${words}`;
}
