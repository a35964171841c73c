/**
 * The icon of "Your Privacy Choices" as data: a part of the script draws it in pages, and the build writes the file
 * that the service's own pages include.
 */

/** A pill: half a check mark on white and half a cross on blue. */
export const SHAPES = [
  ["rect", { x: 0.75, y: 0.75, width: 28.5, height: 12.5, rx: 6.25, fill: "#fff", stroke: "#06f", "stroke-width": 1.5 }],
  ["path", { d: "M17.6 0H23a7 7 0 0 1 0 14h-8.4z", fill: "#06f" }],
  ["path", { d: "m5.8 7.2 2.9 2.9 4.5-5.8", fill: "none", stroke: "#06f", "stroke-width": 1.6 }],
  ["path", { d: "m19.5 4.3 5 5.4m0-5.4-5 5.4", fill: "none", stroke: "#fff", "stroke-width": 1.6 }],
];
