/** Count days since 1970-01-01 UTC, a decision's only unit of time. */

export const DAY = 864e5; // ms

/** Return today's day number. */
export function today() {
  return Math.floor(Date.now() / DAY);
}
