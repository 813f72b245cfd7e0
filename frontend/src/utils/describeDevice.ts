const BROWSERS: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Mac OS X/, 'macOS'],
  [/Windows/, 'Windows'],
  [/Linux/, 'Linux'],
];

/** Return a short name of a browser and its system, or nothing when it says neither. */
export function describeDevice(userAgent: string): string {
  const find = (table: [RegExp, string][]): string =>
    table.find(([pattern]) => pattern.test(userAgent))?.[1] ?? '';
  return [find(BROWSERS), find(SYSTEMS)].filter(Boolean).join(' · ');
}
