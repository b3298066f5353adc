/** Collects footnotes; equal texts share one mark. Marks are letters, so that no one takes them for digits. */
export interface Notes {
  /** The mark of this text: "a", "b", ... "z", "aa", ... */
  mark(text: string): string;
  readonly texts: readonly { readonly mark: string; readonly text: string }[];
}

export function collectNotes(): Notes {
  const texts: { mark: string; text: string }[] = [];
  return {
    texts,
    mark(text) {
      const known = texts.find((note) => note.text === text);
      if (known) return known.mark;
      const note = { mark: letters(texts.length), text };
      texts.push(note);
      return note.mark;
    },
  };
}

function letters(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}
