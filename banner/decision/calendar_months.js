/** Add calendar months to days, and format days. */
import { DAY } from "./epoch_days.js";

/**
 * Return `day` as `YYYY-MM-DD`.
 *
 * @param {number} day
 */
export function isoDate(day) {
  const date = new Date(day * DAY); // not toISOString, which makes Chromium load time zones: 0.1 ms on every page
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()].map((part) => `${part}`.padStart(2, "0")).join("-");
}

/**
 * Return the day `months` calendar months after `day`, or the last day of a month that is too short.
 *
 * @param {number} day
 * @param {number} months
 */
export function addMonths(day, months) {
  const date = new Date(day * DAY);
  const wanted = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + months);
  if (date.getUTCDate() !== wanted) date.setUTCDate(0); // it overflowed into the next month
  return +date / DAY;
}
