// The chart of the statistics: rates by day with markers of versions, drawn anew when colours or filters change.
"use strict";

const DASHES = { functional: [], analytics: [9, 6], advertising: [2, 5] };
let chart;
/** The promise of the chart library, once a chart came into view. */
let library;

/** The colour that a rule of the style sheet gives to a class, as the canvas needs it. */
function colourOf(name, property) {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.className = name;
  probe.style.color = `var(${property})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Dashed lines with the number of the version that went live there. */
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
      // Where versions follow each other closely the names of some are left out: none lies over another.
      const start = isAtEnd ? x - width : x;
      if (start < free) continue;
      free = start + width + 4 * devicePixelRatio;
      ctx.textAlign = isAtEnd ? "right" : "left";
      ctx.fillText(label, x + (isAtEnd ? -4 : 4) * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
    }
    ctx.restore();
  };
}

/** Say in the legend what is under the pointer, with its denominator. */
function teller(at, groups, date, percent) {
  return (plot) => {
    const { idx } = plot.cursor;
    const parts = idx == null ? [] : groups.filter((group) => group.rates[idx] != null);
    at.textContent = idx == null ? "" : [date.format(plot.data[0][idx] * 1000), ...parts.map(({ label, rates, asked }) => words.share_of.replace("{group}", label).replace("{share}", percent.format(rates[idx])).replace("{asked}", asked[idx]))].join(", ");
  };
}

/** What names a time on the axis in the viewer's own way: a day, or a month where marks are `apart` (seconds) by months. */
function dayNamer(locale, apart) {
  const parts = apart < 28 * 86400 ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" };
  const format = new Intl.DateTimeFormat(locale, { ...parts, timeZone: "UTC" });
  return (seconds) => format.format(seconds * 1000);
}

/** A point between two gaps has no line. */
const alone = (plot, series) => plot.data[series].flatMap((rate, at, rates) => (rate != null && rates[at - 1] == null && rates[at + 1] == null ? [at] : []));

/** Fetch the chart library and its style sheet; until then the sentence above the chart and the table below say the same. */
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
  const soft = colourOf("", "--soft");
  const line = colourOf("", "--line");
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const axis = { stroke: soft, font: "12px system-ui, sans-serif", grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const series = groups.map(({ id, label }) => ({ label, stroke: colourOf(id, "--c"), width: 2, dash: DASHES[id], points: { show: true, filter: alone, size: 6 } }));
  const options = {
    width: place.clientWidth,
    height: place.clientHeight,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    legend: { show: false },
    // Room for half of a name at the end of the axis.
    padding: [null, 28, null, null],
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: [0, 1] } },
    axes: [{ ...axis, space: 80, values: (_, marks, __, ___, apart) => marks.map(dayNamer(locale, apart)) }, { ...axis, size: 52, values: (_, marks) => marks.map((mark) => percent.format(mark)) }],
    series: [{}, ...series],
    hooks: { draw: [versionMarkers(versions, soft)], setCursor: [teller(document.querySelector("[data-at]"), groups, date, percent)] },
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
