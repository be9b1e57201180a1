"use strict";

// Draws every chart of the page: an element with data-chart names the JSON script that holds its figure.
// The table below each chart holds the same data, so the drawing itself takes no keyboard focus.

const FONT = "'Source Sans Pro Web', 'Helvetica Neue', Helvetica, Arial, sans-serif";
const NARROW = 480;

const BASE_LAYOUT = {
  font: { family: FONT, size: 14, color: "#1b1b1b" },
  paper_bgcolor: "#ffffff",
  plot_bgcolor: "#ffffff",
  margin: { l: 56, r: 16, t: 16, b: 48 },
  hoverlabel: { font: { family: FONT, size: 14 } },
  legend: { orientation: "h", x: 0, xanchor: "left", y: -0.2, yanchor: "top" },
};

const CONFIG = { responsive: true, displayModeBar: false, locale: "en-US", scrollZoom: false };

// Plotly writes some style attributes as text, which the content policy blocks; as properties they may be set.
const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (name === "style") {
    this.style.cssText = value;
  } else {
    setAttribute.call(this, name, value);
  }
};

// The figure's own wishes win; settings that are groups (font, margin, legend, axes) are merged one level deep.
function withDefaults(layout, narrow) {
  const merged = { ...BASE_LAYOUT, autosize: true, xaxis: {}, yaxis: {} };
  for (const [name, value] of Object.entries(layout)) {
    const both = isGroup(value) && isGroup(merged[name]);
    merged[name] = both ? { ...merged[name], ...value } : value;
  }
  for (const axis of Object.keys(merged).filter((name) => /^[xy]axis\d*$/.test(name))) {
    merged[axis] = { automargin: true, gridcolor: "#dfe1e2", ...merged[axis] };
  }
  if (narrow) {
    merged.font = { ...merged.font, size: 12 };
  }
  return merged;
}

function isGroup(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// The word stands above the drawing, where it covers no data.
function marked(layout, marking) {
  if (!marking) {
    return layout;
  }
  const place = { xref: "paper", yref: "paper", x: 1, y: 1, xanchor: "right", yanchor: "bottom" };
  const mark = { text: marking, showarrow: false, font: { size: 12, color: "#b50909" }, ...place };
  const margin = { ...layout.margin, t: Math.max(layout.margin.t, 28) };
  return { ...layout, margin, annotations: [...(layout.annotations || []), mark] };
}

function draw(canvas) {
  const figure = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const layout = withDefaults(figure.layout || {}, canvas.clientWidth < NARROW);
  Plotly.newPlot(canvas, figure.data, marked(layout, canvas.dataset.marking), { ...CONFIG, ...figure.config });
  followClicks(canvas);
  const save = canvas.parentElement.querySelector("[data-chart-save]");
  if (save) {
    save.hidden = false;
    save.addEventListener("click", () => savePicture(canvas));
  }
}

// A part of a chart leads to the agencies behind it where its customdata is an address of the portal. The table
// below the chart holds the same links for the keyboard and without JavaScript.
function followClicks(canvas) {
  const leads = (data) => typeof data === "string" && /^\/(?!\/)/.test(data);
  if (!canvas.data.some((trace) => (trace.customdata || []).some(leads))) {
    return;
  }
  canvas.classList.add("portal-chart__canvas--leads");
  canvas.on("plotly_click", (event) => {
    const target = event.points.map((point) => point.customdata).find(leads);
    if (target) {
      window.location.assign(target);
    }
  });
}

// Away from its page the picture needs its title.
function savePicture(canvas) {
  const title = canvas.closest("figure").querySelector("figcaption > :first-child").textContent;
  const margin = { ...canvas.layout.margin, t: canvas.layout.margin.t + 48 };
  const layout = { ...canvas.layout, margin, title: { text: title, x: 0.02, xanchor: "left" } };
  const size = { width: 1200, height: Math.round((1200 * canvas.clientHeight) / canvas.clientWidth) };
  Plotly.downloadImage({ data: canvas.data, layout }, { format: "png", filename: canvas.dataset.chart, ...size });
}

function drawAll(within) {
  within.querySelectorAll("[data-chart]:not(.js-plotly-plot)").forEach(draw);
}

drawAll(document);
document.body.addEventListener("htmx:afterSwap", (event) => drawAll(event.detail.target));
