export function bundleCached(): Promise<string>;
