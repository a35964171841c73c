/** Calendar months on days. */
import { DAY } from "./days.js";

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
