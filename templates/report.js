/* Live charts, the theme switch, and the contents that follow the reader. */
"use strict";

(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const PAPER_WIDTH = 640; // px: the text's width on A4, as in the PDF
  const NARROW = 520; // px: below this a chart is laid out for a phone
  const LABEL_LENGTH = 16; // letters in a line of an axis label on a phone

  // ── Theme ──────────────────────────────────────────────────────────────────────────────────

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);

  const remember = (theme) => {
    try { localStorage.setItem("report-theme", theme); } catch (_) { /* storage may be shut */ }
  };

  function setUpTheme() {
    const button = document.querySelector("button.theme");
    const show = () => { button.setAttribute("aria-pressed", String(isDark())); };
    button.hidden = false;
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      remember(root.dataset.theme);
      show();
      drawAll();
    });
    dark.addEventListener("change", () => { show(); drawAll(); });
    show();
  }

  // ── Contents ───────────────────────────────────────────────────────────────────────────────

  function setUpContents() {
    const details = document.querySelector(".contents details");
    const wide = matchMedia("(min-width: 62.01rem)");
    const fold = () => { details.open = wide.matches; };
    wide.addEventListener("change", fold);
    fold();

    const links = new Map();
    for (const link of details.querySelectorAll("a")) {
      const heading = document.getElementById(link.hash.slice(1));
      if (heading) links.set(heading, link);
      link.addEventListener("click", () => { if (!wide.matches) details.open = false; });
    }
    let current = null;
    const follow = () => {
      let found = links.values().next().value ?? null;
      for (const [heading, link] of links) {
        if (heading.getBoundingClientRect().top > innerHeight * 0.3) break;
        found = link;
      }
      if (found === current) return;
      current?.removeAttribute("aria-current");
      found?.setAttribute("aria-current", "true");
      if (wide.matches && found) {
        const nav = details.parentElement;
        const top = found.offsetTop - nav.clientHeight / 2;
        nav.scrollTo({ top, behavior: "instant" });
      }
      current = found;
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; follow(); });
    }, { passive: true });
    follow();
  }

  function setUpTables() {
    const mind = () => {
      for (const box of document.querySelectorAll(".data .scroll")) {
        const overflows = box.scrollWidth > box.clientWidth;
        const caption = box.closest("figure")?.getAttribute("aria-labelledby");
        box.toggleAttribute("tabindex", overflows);
        if (overflows) {
          box.tabIndex = 0;
          box.setAttribute("role", "region");
          if (caption) box.setAttribute("aria-labelledby", caption);
        } else {
          box.removeAttribute("role");
          box.removeAttribute("aria-labelledby");
        }
      }
    };
    addEventListener("resize", mind);
    mind();
  }

  // ── Charts ─────────────────────────────────────────────────────────────────────────────────

  const charts = []; // { box, figure, width }: what is drawn where, and how wide it was
  let darkOf = {};
  let locale = {};
  let onPaper = false;

  const json = (id) => JSON.parse(document.getElementById(id).textContent);

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  function recolour(value) {
    if (typeof value === "string") {
      return value.includes("#")
        ? value.replace(/#[0-9a-f]{6}\b/gi, (hex) => darkOf[hex.toLowerCase()] ?? hex)
        : value;
    }
    if (Array.isArray(value)) return value.map(recolour);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recolour(item)]));
    }
    return value;
  }

  function wrapped(label) {
    const lines = [""];
    for (const word of label.replaceAll("<br>", " ").split(" ")) {
      const line = lines[lines.length - 1];
      if (line && (line + " " + word).length > LABEL_LENGTH) lines.push(word);
      else lines[lines.length - 1] = line ? line + " " + word : word;
    }
    return lines.join("<br>");
  }

  // Long names on the vertical axis would leave no room for the chart itself.
  function fitNames(figure) {
    for (const id of new Set(figure.data.map((trace) => trace.yaxis ?? "y"))) {
      const axis = figure.layout[id.replace("y", "yaxis")] ??= {};
      if (axis.ticktext) {
        axis.ticktext = axis.ticktext.map((text) => wrapped(String(text)));
        axis.automargin = true;
        const lines = Math.max(...axis.ticktext.map((text) => text.split("<br>").length));
        if (lines > 2) figure.layout.height += axis.ticktext.length * (lines - 2) * 14;
        continue;
      }
      const names = figure.data
        .filter((trace) => (trace.yaxis ?? "y") === id && Array.isArray(trace.y))
        .flatMap((trace) => trace.y);
      if (!names.length || !names.every((name) => typeof name === "string")) continue;
      if (!names.some((name) => name.length > LABEL_LENGTH)) continue;
      const unique = [...new Set(names)];
      Object.assign(axis, {
        type: "category", tickmode: "array", automargin: true,
        tickvals: unique, ticktext: unique.map(wrapped),
      });
    }
  }

  function forPhone(figure, width) {
    fitNames(figure);
    const margin = figure.layout.margin ?? {};
    figure.layout.margin = { ...margin, l: Math.min(margin.l ?? 40, width * 0.12) };
    for (const key of Object.keys(figure.layout).filter((name) => /^[xy]axis\d*$/.test(name))) {
      if (key[0] === "y") figure.layout[key].automargin = true;
      if (key[0] === "x" && !figure.layout[key].tickvals) figure.layout[key].nticks ??= 5;
    }
  }

  // Number formats inside texts leave a hyphen before negative numbers.
  function trueMinus(box) {
    const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { data } = texts.currentNode;
      const mended = data.replace(/(?<![\p{L}\p{N}])-(?=\d)/gu, "\u2212");
      if (mended !== data) texts.currentNode.data = mended;
    }
  }

  // A chart may ask for more room than a phone has: layout.meta.min_width; then it scrolls.
  function widthOf(chart) {
    if (onPaper) return PAPER_WIDTH;
    return Math.max(chart.box.clientWidth, chart.figure.layout.meta?.min_width ?? 0);
  }

  function draw(chart) {
    const width = widthOf(chart);
    const copy = structuredClone(chart.figure);
    const figure = isDark() && !onPaper ? recolour(copy) : copy;
    figure.layout ??= {};
    Object.assign(figure.layout, {
      width, height: chart.figure.layout.height ?? 320, autosize: false,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false,
    });
    if (width < NARROW) forPhone(figure, width);
    chart.width = width;
    return Plotly.react(chart.box, figure.data, figure.layout, {
      displayModeBar: false, responsive: false, locale: root.lang, scrollZoom: false,
      doubleClick: false, showAxisDragHandles: false, showTips: false,
    });
  }

  const drawAll = () => Promise.all(charts.map(draw));

  function redrawIfResized() {
    if (onPaper) return;
    for (const chart of charts) if (widthOf(chart) !== chart.width) draw(chart);
  }

  function setUpPaper() {
    const turn = (paper) => {
      if (paper === onPaper) return;
      onPaper = paper;
      drawAll();
    };
    addEventListener("beforeprint", () => turn(true));
    addEventListener("afterprint", () => turn(false));
    matchMedia("print").addEventListener("change", (event) => turn(event.matches));
  }

  function fallBack() {
    const text = document.getElementById("chart-fallback").content;
    for (const box of document.querySelectorAll(".live")) {
      box.removeAttribute("style");
      box.replaceChildren(text.cloneNode(true));
    }
    root.dataset.charts = "missing";
  }

  async function setUpCharts() {
    const packed = document.getElementById("plotly-packed");
    if (!packed) { root.dataset.charts = "none"; return; }
    if (!("DecompressionStream" in window)) { fallBack(); return; }
    const script = document.createElement("script");
    script.textContent = await unpack(packed.textContent);
    document.head.append(script);
    locale = json("chart-locale");
    darkOf = Object.fromEntries(
      Object.entries(json("chart-theme")).map(([light, colour]) => [light.toLowerCase(), colour]));
    if (Object.keys(locale).length) {
      Plotly.register({ moduleType: "locale", name: root.lang, dictionary: {}, ...locale });
    }
    await document.fonts.ready;
    await Promise.all(["400 12px 'PT Sans'", "700 12px 'PT Sans'"].map((f) => document.fonts.load(f, "Яa")));
    for (const box of document.querySelectorAll(".live")) {
      const chart = { box, figure: json(box.dataset.chart + "-data"), width: 0 };
      chart.figure.layout ??= {};
      box.replaceChildren();
      box.style.height = "";
      box.classList.add("drawn");
      charts.push(chart);
      await draw(chart);
      trueMinus(box);
      box.on("plotly_afterplot", () => trueMinus(box));
      box.on("plotly_hover", () => requestAnimationFrame(() => trueMinus(box)));
    }
    let timer = 0;
    addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(redrawIfResized, 120); });
    setUpPaper();
    root.dataset.charts = "drawn";
  }

  setUpTheme();
  setUpContents();
  setUpTables();
  setUpCharts();
})();
