/** An argument as a shell takes it. */
export const quoted = (arg: string): string =>
  /^[\w./:=@%+,-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;

/** What was typed, for the record. */
export const typedCommand = (): string => `densebench ${process.argv.slice(2).map(quoted).join(' ')}`;
