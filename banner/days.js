/** Days since 1970-01-01 UTC, the only unit of time that a decision knows. */

const DAY = 864e5;

/** Return the number of today. */
export function today() {
  return Math.floor(Date.now() / DAY);
}

/**
 * Return `day` as `YYYY-MM-DD`.
 *
 * @param {number} day
 */
export function isoDate(day) {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/**
 * Return the day `months` calendar months after `day`, the last of the month where it is shorter.
 *
 * @param {number} day
 * @param {number} months
 */
export function addMonths(day, months) {
  const date = new Date(day * DAY);
  const wanted = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  if (date.getUTCDate() !== wanted) date.setUTCDate(0); // it ran over into the next month
  return +date / DAY;
}
