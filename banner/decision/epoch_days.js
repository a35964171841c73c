/** Count days since 1970-01-01 UTC, the only unit of time of a decision. */

export const DAY = 864e5; // ms

/** Return the number of today. */
export function today() {
  return Math.floor(Date.now() / DAY);
}
