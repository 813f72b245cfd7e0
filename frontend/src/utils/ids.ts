const TIME_DIGITS = 12;

/** Return when an id was made, in ms since 1970: ids of the server (UUIDv7) begin with it. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, TIME_DIGITS), 16);
}
