import type { Decision, Group } from "./consent.js";

export interface VisitOptions {
  /** Where this server reaches the service. */
  service: string;
  site: string;
  /** A token of scope `decide`. */
  token: string;
  /** Those of the visitor's request: its cookies, and the signals GPC and DNT. */
  headers: Headers | Record<string, string | string[] | undefined>;
  /** The path of the page. */
  path?: string;
  language?: string;
  /** Where the visitor is, such as `US` and `CA`, where the server knows it. */
  country?: string | null;
  subdivision?: string | null;
  /** The visitor's address, for its place alone; without place or address the strictest rule holds. */
  address?: string | null;
  ageBand?: string;
  /** How long a page waits, in milliseconds: 500. */
  timeout?: number;
}

export interface Visit {
  /** What the browser begins with; null where the service gave no answer. */
  decision: Decision | null;
  grants(group: "essential" | Group): boolean;
  allows(tag: string): boolean;
}

export interface LinesOptions {
  service: string;
  site: string;
  timeout?: number;
}

export interface Lines {
  /** What stands first in the head. */
  html: string;
  /** The same as attributes and code of each script. */
  scripts: { attributes: Record<string, string>; code: string }[];
}

/** Return what the visitor of a request allows; where the service gives no answer, only what is essential. */
export function visitOf(options: VisitOptions): Promise<Visit>;
/** Return the lines for the head of each page, read once an hour; while the service is away those that were read last, or null. */
export function linesOf(options: LinesOptions): Promise<Lines | null>;
