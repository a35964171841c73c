// The statistics chart: rates by day with version markers, redrawn when colors or filters change.
"use strict";

const DASHES = { functional: [], analytics: [9, 6], advertising: [2, 5] };
let chart;
/** Promise of the chart library, set once a chart has come into view. */
let library;

/** Return the color that the style sheet gives to a class, in a format for the canvas. */
function colorOf(name, property) {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.className = name;
  probe.style.color = `var(${property})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Draw dashed lines with the number of the version that went live there. */
function versionMarkers(versions, ink) {
  return (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = ink;
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    let free = 0;
    for (const [time, label] of versions) {
      const x = Math.round(plot.valToPos(time, "x", true));
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const width = ctx.measureText(label).width + 4 * devicePixelRatio;
      const isAtEnd = x + width > bbox.left + bbox.width;
      // If versions are close together, omit some labels so that they don't overlap.
      const start = isAtEnd ? x - width : x;
      if (start < free) continue;
      free = start + width + 4 * devicePixelRatio;
      ctx.textAlign = isAtEnd ? "right" : "left";
      ctx.fillText(label, x + (isAtEnd ? -4 : 4) * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
    }
    ctx.restore();
  };
}

/** Show the rates under the pointer in the legend, with their denominators. */
function legendUpdater(at, groups, date, percent) {
  return (plot) => {
    const { idx } = plot.cursor;
    const parts = idx == null ? [] : groups.filter((group) => group.rates[idx] != null);
    at.textContent = idx == null ? "" : [date.format(plot.data[0][idx] * 1000), ...parts.map(({ label, rates, asked }) => words.share_of.replace("{group}", label).replace("{share}", percent.format(rates[idx])).replace("{asked}", asked[idx]))].join(", ");
  };
}

/** Return a formatter for times on the axis in the viewer's locale: days, or months if marks are months `apart` (seconds). */
function dayFormatter(locale, apart) {
  const parts = apart < 28 * 86400 ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" };
  const format = new Intl.DateTimeFormat(locale, { ...parts, timeZone: "UTC" });
  return (seconds) => format.format(seconds * 1000);
}

/** Return the points between two gaps, which no line connects. */
const alone = (plot, series) => plot.data[series].flatMap((rate, at, rates) => (rate != null && rates[at - 1] == null && rates[at + 1] == null ? [at] : []));

/** Fetch the chart library and its style sheet; until then, the sentence above and the table below have the same content. */
function fetchLibrary({ library: src, sheet: href }) {
  library ??= new Promise((done) => {
    const script = Object.assign(document.createElement("script"), { src, onload: done });
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }), script);
  });
  return library;
}

const inView = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    inView.unobserve(target);
    fetchLibrary(target.dataset).then(draw);
  }
});

function draw() {
  chart?.destroy();
  chart = undefined;
  const place = document.querySelector("[data-plot]");
  if (!place) return;
  if (!window.uPlot) {
    inView.observe(place);
    return;
  }
  const { x, groups, versions, locale } = JSON.parse(place.dataset.plot);
  const soft = colorOf("", "--soft");
  const line = colorOf("", "--line");
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const axis = { stroke: soft, font: "12px system-ui, sans-serif", grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const series = groups.map(({ id, label }) => ({ label, stroke: colorOf(id, "--c"), width: 2, dash: DASHES[id], points: { show: true, filter: alone, size: 6 } }));
  const options = {
    width: place.clientWidth,
    height: place.clientHeight,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    legend: { show: false },
    // Room for half a label at the end of the axis.
    padding: [null, 28, null, null],
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: [0, 1] } },
    axes: [{ ...axis, space: 80, values: (_, marks, __, ___, apart) => marks.map(dayFormatter(locale, apart)) }, { ...axis, size: 52, values: (_, marks) => marks.map((mark) => percent.format(mark)) }],
    series: [{}, ...series],
    hooks: { draw: [versionMarkers(versions, soft)], setCursor: [legendUpdater(document.querySelector("[data-at]"), groups, date, percent)] },
  };
  chart = new uPlot(options, [x, ...groups.map(({ rates }) => rates)], place);
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const found = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (found) found.click();
});
addEventListener("resize", () => chart?.setSize({ width: chart.root.parentNode.clientWidth, height: chart.root.parentNode.clientHeight }));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
document.addEventListener("htmx:afterSettle", draw);
draw();
