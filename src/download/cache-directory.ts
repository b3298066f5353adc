import { homedir } from 'node:os';
import { join } from 'node:path';

/** The process's own unless a test says otherwise. */
export interface Surroundings {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
}

/**
 * The user's cache folder: $XDG_CACHE_HOME or ~/.cache on Linux, ~/Library/Caches on macOS, %LOCALAPPDATA% on
 * Windows; densebench's own part of it.
 */
export function cacheDirectory(options: Surroundings = {}): string {
  const environment = options.environment ?? process.env;
  const home = options.home ?? homedir();
  const xdg = environment.XDG_CACHE_HOME;
  switch (options.platform ?? process.platform) {
    case 'darwin':
      return join(home, 'Library', 'Caches', 'densebench');
    case 'win32':
      return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'densebench');
    default:
      // The XDG specification: a relative path is invalid and to be ignored.
      return join(xdg?.startsWith('/') ? xdg : join(home, '.cache'), 'densebench');
  }
}
