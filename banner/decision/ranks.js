/** The ranks of rules, and the letters of groups in the cookie. The twin of consent/core/groups.py. */

export const LETTERS = "fad";
export const RELAXED = 2;
export const OPT_OUT = 3;
export const OPT_IN = 4;
