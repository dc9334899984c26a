/* Live charts and their tables, the theme switch, and the contents that follow the reader. */
"use strict";

(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const PAPER_WIDTH = 640; // px: the text's width on A4, as in the PDF
  const NARROW = 520; // px: below this a chart is laid out for a phone
  const SMALLEST = 11; // px, of words
  const LETTER_WIDTH = 6; // px, at most, of words above a chart
  const HEADING_SHARE = 0.7; // of the width, without the names on the left
  const HEADING_LINE = 15; // px
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

  // What can be scrolled can be reached and scrolled from the keyboard.
  function mindScrolling() {
    for (const box of document.querySelectorAll(".scroll, .live")) {
      const overflows = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight + 1;
      if (overflows) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
      if (!box.matches(".scroll")) continue;
      const title = box.dataset.title ?? box.closest("figure")?.getAttribute("aria-labelledby");
      if (overflows && title) {
        box.setAttribute("role", "region");
        box.setAttribute("aria-labelledby", title);
      } else {
        box.removeAttribute("role");
        box.removeAttribute("aria-labelledby");
      }
    }
  }

  const json = (id) => JSON.parse(document.getElementById(id).textContent);

  // ── A chart's numbers as a table ───────────────────────────────────────────────────────────
  //
  // The table says what the chart says when pointed at: its cells are the hover texts.

  const list = (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
  const entities = { amp: "&", lt: "<", gt: ">", quot: "\"" };
  const plain = (text) => String(text ?? "")
    .replace(/<extra>.*?<\/extra>/g, "").replace(/<br\s*\/?>/g, " ").replace(/<[^>]*>/g, "")
    .replace(/&(?:(amp|lt|gt|quot)|#(\d+));/g, (_, name, code) => entities[name] ?? String.fromCodePoint(code)).trim();
  const axisOf = (figure, id) => figure.layout[id.replace(/^[xy]/, "$&axis")] ?? {};
  const titleOf = (axis) => plain(axis.title?.text ?? axis.title);
  const unique = (values) => [...new Set(values)];

  // The few number formats of d3 that charts use: ",.1~f" and the like.
  function written(value, format, separators = ".,") {
    const parts = /^(,?)(?:\.(\d+))?(~?)([f%]?)$/.exec(format ?? "");
    const digits = parts?.[2] ?? (Number.isInteger(value) ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
    const percent = parts?.[4] === "%";
    let [whole, fraction = ""] = Math.abs(percent ? value * 100 : value).toFixed(Math.min(digits, 20)).split(".");
    if (parts?.[3]) fraction = fraction.replace(/0+$/, "");
    if (!format || parts?.[1]) whole = whole.replace(/\B(?=(\d{3})+$)/g, separators[1] ?? "");
    const number = fraction ? whole + separators[0] + fraction : whole;
    return (value < 0 && /[1-9]/.test(number) ? "\u2212" : "") + number + (percent ? "%" : "");
  }

  function dated(value, format) {
    const date = new Date(value + (/T|:/.test(value) ? "Z" : "T00:00Z"));
    const part = (options) => date.toLocaleDateString(root.lang, { timeZone: "UTC", ...options });
    const two = (number) => String(number).padStart(2, "0");
    return (format || "%d.%m.%Y").replace(/%([BbYmd])/g, (_, letter) => ({
      B: () => part({ month: "long" }), b: () => part({ month: "short" }),
      Y: () => date.getUTCFullYear(), m: () => two(date.getUTCMonth() + 1), d: () => two(date.getUTCDate()),
    })[letter]());
  }

  // The names along an axis: its own labels, or the strings that are drawn along it.
  function namesOf(figure, id) {
    const axis = axisOf(figure, id);
    if (axis.type === "date") return null;
    if (axis.ticktext) return new Map(axis.ticktext.map((text, i) => [axis.tickvals[i], plain(text)]));
    const values = figure.data
      .filter((trace) => (trace[id[0] + "axis"] ?? id[0]) === id)
      .flatMap((trace) => list(trace[id[0]]));
    if (!values.length || !values.every((value) => typeof value === "string")) return null;
    return new Map(unique(values).map((value) => [value, plain(value)]));
  }

  // Points beside a name belong to it: labels and swarms keep some distance.
  function nearest(names, value) {
    if (names.has(value)) return value;
    for (const place of names.keys()) if (Math.abs(place - value) < 0.5) return place;
    return undefined;
  }

  function pointsOf(figure, trace) {
    const ids = { x: trace.xaxis ?? "x", y: trace.yaxis ?? "y" };
    const separators = figure.layout.separators;
    const names = { x: namesOf(figure, ids.x), y: namesOf(figure, ids.y) };
    const length = Math.max(list(trace.x).length, list(trace.y).length);
    const say = (key, value, format) => {
      const axis = ids[key] ? axisOf(figure, ids[key]) : {};
      if (names[key]?.has(value)) return names[key].get(value);
      if (axis.type === "date") return dated(value, format ?? axis.tickformat);
      if (typeof value !== "number") return plain(value);
      const suffix = format === undefined ? axis.ticksuffix ?? "" : "";
      return written(value, format ?? axis.tickformat, separators) + suffix;
    };
    return Array.from({ length }, (_, i) => {
      const point = {
        x: trace.x?.[i] ?? i, y: trace.y?.[i] ?? i, customdata: trace.customdata?.[i], text: trace.text?.[i], say,
        fill: (template) => plain(template.replace(
          /%\{(\w+)(?:\[(\d+)\])?(?:[:|]([^}]*))?\}/g,
          (_, key, place, format) => say(key, place === undefined ? point[key] : point[key]?.[place], format))),
      };
      return point;
    }).filter((point) => point.x !== null && point.y !== null);
  }

  // "Label: %{y}" by lines; a label that is itself a place along the axis names the row.
  function fieldsOf(template, along) {
    return template.replace(/<extra>.*?<\/extra>/g, "").split(/<br\s*\/?>/).map((line) => {
      const [, label, body] = /^((?:%\{[^}]*\}|[^:%])*):\s+(.*)$/.exec(line) ?? [null, "", line];
      const isRow = new RegExp("^%\\{" + along + "\\b[^}]*\\}$").test(label);
      return {
        row: isRow ? label : "", label: isRow ? "" : plain(label), body,
        isPlace: new RegExp("%\\{" + along + "\\b").test(body),
      };
    });
  }

  const hovers = (trace) => trace.hoverinfo !== "skip" && trace.mode !== "text";

  // Where a step of the line begins and ends, and which point gives its height.
  function stepsOf(trace) {
    const later = { hv: 0, vh: 1 }[trace.line?.shape];
    if (later === undefined) return null;
    return trace.x.slice(1).flatMap((end, i) => (end === trace.x[i] ? [] : [{ from: trace.x[i], to: end, at: i + later }]));
  }

  function annotationsOn(figure, axis, at) {
    return (figure.layout.annotations ?? []).filter((note) =>
      (note[axis[0] + "ref"] ?? axis[0]) === axis && (at === undefined || note[axis[0]] === at));
  }

  class Sheet {
    constructor(title = "") { Object.assign(this, { title, corner: "", columns: [], rows: new Map() }); }
    put(key, name, column, text) {
      if (!this.columns.includes(column)) this.columns.push(column);
      if (!this.rows.has(key)) this.rows.set(key, { name, cells: new Map() });
      this.rows.get(key).cells.set(column, text);
    }
  }

  // A grid of cells: what is written in a cell, or else what pointing at it says.
  function gridOf(figure, panel, title) {
    const sheet = new Sheet(title);
    const heat = panel.traces.find((trace) => trace.type === "heatmap");
    const label = (id, given, place) => namesOf(figure, id)?.get(given?.[place] ?? place) ?? plain(given?.[place]
      ?? annotationsOn(figure, id).find((note) => note.yref !== "paper" && Math.round(note[id[0]]) === place)?.text);
    const body = hovers(heat) && heat.hovertemplate ? /%\{z[^}]*\}.*/.exec(heat.hovertemplate)?.[0] : "%{z}";
    const inside = new Map(hovers(heat) ? [] : panel.traces.filter((trace) => trace.mode === "text").flatMap((trace) =>
      pointsOf(figure, trace).map((point, i) => [
        point.x + " " + point.y, String(list(trace.texttemplate)[i] ?? trace.texttemplate).split("<br>").map(point.fill).join("\n"),
      ])));
    const [point] = pointsOf(figure, { ...heat, x: [0], y: [0] });
    heat.z.forEach((row, y) => row.forEach((z, x) => {
      if (z === null) return;
      point.z = z;
      const name = label(panel.y, heat.y, y);
      sheet.put(y, name, label(panel.x, heat.x, x), inside.get(x + " " + y) ?? point.fill(body));
    }));
    sheet.corner = titleOf(axisOf(figure, panel.x));
    return sheet;
  }

  // Many points for each name: how many are drawn to either side of the middle.
  function crowdOf(figure, panel, title) {
    const sheet = new Sheet(title);
    const value = panel.along === "y" ? "x" : "y";
    const [below, above] = annotationsOn(figure, panel[value]);
    const sums = new Map();
    for (const trace of panel.traces.filter(hovers)) {
      const template = trace.hovertemplate ?? "";
      const counted = /%\{customdata(?::([^}]*))?\}/.exec(template);
      sheet.title ||= counted ? fieldsOf(template, panel.along)[0].label : "";
      const seen = new Set();
      for (const point of pointsOf(figure, trace)) {
        const place = nearest(panel.names, point[panel.along]);
        if (place === undefined || (counted && seen.has(place + " " + point[value]))) continue;
        seen.add(place + " " + point[value]);
        const side = below && above && point[value] < below[value] ? below : above ?? below;
        const key = JSON.stringify([place, plain(side?.text)]);
        sums.set(key, (sums.get(key) ?? 0) + (counted ? point.customdata : 1));
      }
    }
    const headings = below && above ? [below, above].map((note) => plain(note.text)) : [plain(below?.text)];
    for (const [place, name] of panel.names) {
      for (const heading of headings) {
        const sum = sums.get(JSON.stringify([place, heading])) ?? 0;
        sheet.put(place, name, heading, written(sum, ",.0f", figure.layout.separators));
      }
    }
    return sheet;
  }

  function rowsOf(figure, panel, title) {
    const sheet = new Sheet(title);
    const { along, names } = panel;
    const value = along === "y" ? "x" : "y";
    const separators = figure.layout.separators;
    sheet.corner = titleOf(axisOf(figure, panel[along]));
    const told = panel.traces.filter(hovers);
    const bare = panel.traces.filter((trace) => trace.mode !== "text");
    for (const trace of told.length ? told : bare) {
      const id = trace[value + "axis"] ?? value;
      const axis = axisOf(figure, id);
      const heading = plain(trace.name) || titleOf(axis)
        || annotationsOn(figure, id).filter((note) => note[value + "ref"] !== "paper").map((note) => plain(note.text)).join(" \u2194 ");
      const fields = fieldsOf(trace.hovertemplate ?? `%{${value}}`, along);
      const points = pointsOf(figure, trace);
      const put = (point, key, name) => {
        for (const field of fields) {
          if (field.isPlace) sheet.corner = field.label || sheet.corner;
          else sheet.put(key, name, field.label || heading, point.fill(field.body));
        }
        const spread = trace["error_" + value];
        const i = points.indexOf(point);
        if (!spread?.array) return;
        const format = new RegExp("%\\{" + value + ":([^}]*)\\}").exec(fields.at(-1).body)?.[1];
        const ends = [-(spread.arrayminus ?? spread.array)[i], spread.array[i]]
          .map((length) => written(point[value] + length, format, separators));
        sheet.put(key, name, "\u00b1", ends.join("\u2026") + (axis.ticksuffix ?? ""));
      };
      const steps = names ? null : stepsOf(trace);
      if (steps) {
        const suffix = axisOf(figure, panel[along]).ticksuffix ?? "";
        for (const { from, to, at } of steps) {
          put(points[at], from, [from, to].map((end) => written(end, ",.4~f", separators)).join("\u2013") + suffix);
        }
        continue;
      }
      const naming = fields.find((field) => field.isPlace)?.body ?? fields.find((field) => field.row)?.row ?? `%{${along}}`;
      for (const point of points) {
        const place = names ? nearest(names, point[along]) : point[along];
        if (place !== undefined) put(point, place, names ? names.get(place) : point.fill(naming));
      }
    }
    // Numbers written in a column of their own, under a heading of their own.
    for (const trace of panel.traces.filter((one) => one.mode === "text" && list(one.x).length > 1)) {
      const at = unique(trace[value]);
      const [head] = at.length === 1 ? annotationsOn(figure, trace[value + "axis"] ?? value, at[0]) : [];
      if (!head || !names) continue;
      pointsOf(figure, trace).forEach((point, i) => {
        const template = Array.isArray(trace.texttemplate) ? trace.texttemplate[i] : trace.texttemplate;
        sheet.put(point[along], names.get(point[along]), plain(head.text), point.fill(template));
      });
    }
    return sheet;
  }

  // Single numbers written beside the marks, such as the level of all.
  function notesOf(figure) {
    return figure.data
      .filter((trace) => trace.mode === "text" && trace.type !== "heatmap" && list(trace.x).length === 1)
      .filter((trace) => !figure.data.some((other) => other.type === "heatmap"))
      .map((trace) => pointsOf(figure, trace)[0].fill(String(list(trace.texttemplate ?? trace.text)[0])));
  }

  function panelsOf(figure) {
    const panels = new Map();
    for (const trace of figure.data) {
      const [x, y] = [trace.xaxis ?? "x", trace.yaxis ?? "y"];
      const heat = trace.type === "heatmap";
      const upright = !heat && !namesOf(figure, y);
      const key = heat || !upright ? y : x;
      if (!panels.has(key)) {
        const along = upright ? "x" : "y";
        panels.set(key, { x, y, along, names: namesOf(figure, along === "x" ? x : y), traces: [] });
      }
      panels.get(key).traces.push(trace);
    }
    return [...panels.values()];
  }

  function sheetsOf(figure) {
    const panels = panelsOf(figure);
    return panels.map((panel) => {
      const at = [axisOf(figure, panel.x).domain?.[0] ?? 0, axisOf(figure, panel.y).domain?.[1] ?? 1];
      const above = (figure.layout.annotations ?? []).find((note) => note.xref === "paper" && note.yref === "paper"
        && Math.abs(note.x - at[0]) < 0.001 && Math.abs(note.y - at[1]) < 0.001);
      const isGrid = panel.traces.some((trace) => trace.type === "heatmap");
      const title = isGrid || panels.length > 1 ? plain(above?.text) : "";
      if (isGrid) return gridOf(figure, panel, title);
      const crowded = panel.names && panel.traces.some((trace) =>
        hovers(trace) && pointsOf(figure, trace).length > 2 * panel.names.size);
      return (crowded ? crowdOf : rowsOf)(figure, panel, title);
    }).filter((sheet) => sheet.rows.size);
  }

  function element(name, { text, ...attributes } = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    made.append(...children);
    return made;
  }

  const headed = (text, scope) => (text ? element("th", { scope, text }) : element("td"));

  function tableOf(sheet, id) {
    const caption = sheet.title ? [element("caption", { id, text: sheet.title })] : [];
    const heads = [sheet.corner, ...sheet.columns];
    const head = element("tr", {}, ...heads.map((name) => headed(name, "col")));
    const rows = [...sheet.rows.values()].map(({ name, cells }) => element("tr", {}, headed(name, "row"),
      ...sheet.columns.map((column) => element("td", { text: cells.get(column) }))));
    return element("table", {}, ...caption, ...(heads.some(Boolean) ? [element("thead", {}, head)] : []), element("tbody", {}, ...rows));
  }

  function setUpTables() {
    for (const details of document.querySelectorAll("details.numbers")) {
      const figure = json(details.dataset.chart + "-data");
      figure.layout ??= {};
      const sheets = sheetsOf(figure);
      const summary = details.querySelector("summary");
      summary.id = details.dataset.chart + "-numbers";
      for (const [i, sheet] of sheets.entries()) {
        const id = `${summary.id}-${i + 1}`;
        const title = sheet.title ? `${summary.id} ${id}` : summary.id;
        details.append(element("div", { class: "scroll", "data-title": title }, tableOf(sheet, id)));
      }
      for (const text of unique(notesOf(figure))) details.append(element("p", { text }));
      details.hidden = !sheets.length;
      details.addEventListener("toggle", mindScrolling);
    }
    addEventListener("resize", mindScrolling);
    mindScrolling();
  }

  // ── Other assumptions ──────────────────────────────────────────────────────────────────────
  //
  // The letters of the plan, priced anew from sums over small groups of customers.

  const ROUBLES = { thousand_roubles: 1000, roubles: 1 };

  // What letters bring under other assumptions, those who are saved most first.
  function priced({ letters, money, limits }, chosen) {
    const moved = (ROUBLES[chosen.unit] / ROUBLES[money.profit_unit])
      * (chosen.loss / money.loss_share) * (chosen.saves / letters.share_saved);
    const needed = chosen.cost * (1 + chosen.required) / moved; // saved, as the groups count it
    const most = Math.min(limits.contacts ?? Infinity, Math.floor((limits.budget ?? Infinity) / chosen.cost));
    const sum = { customers: 0, saved: 0, exposed: 0 };
    let above = Infinity;
    for (const { customers, least_saved: least, saved_roubles: saved, exposed_roubles: exposed } of letters.groups) {
      const top = Number.isFinite(above) ? above : 2 * saved / customers - least;
      above = least;
      const pays = needed <= least ? 1 : needed >= top ? 0 : (top - needed) / (top - least);
      const part = Math.min(pays, (most - sum.customers) / customers);
      if (!(part > 0)) break;
      // Within a group what is saved falls evenly from its first customer to its last.
      const kept = saved / customers + (1 - part) * (top - least) / 2;
      sum.customers += part * customers;
      sum.saved += part === 1 ? saved : part * customers * kept;
      sum.exposed += part === 1 ? exposed : part * customers * kept * exposed / saved;
    }
    const sent = Math.round(sum.customers);
    // So few letters that their sums would be those of persons go to nobody, as in the program.
    if (sent < limits.fewest) return { customers: 0, cost: 0, gain: 0, breakEven: null };
    const cost = sent * chosen.cost;
    const atRisk = sum.exposed * moved * letters.share_saved / chosen.saves;
    return { customers: sent, cost, gain: sum.saved * moved - cost, breakEven: atRisk > 0 ? cost / atRisk : null };
  }

  function setUpWhatIf() {
    const section = document.querySelector(".what-if");
    if (!section) return;
    const given = json("what-if-data");
    const { letters, money, plan } = given;
    const says = Object.fromEntries(
      [...section.querySelectorAll("[data-says]")].map((line) => [line.dataset.says, line.textContent]));
    const number = (value, digits) => new Intl.NumberFormat(root.lang, { maximumSignificantDigits: digits })
      .format(value).replace("-", "\u2212");
    // What is priced here is not known to the rouble; what the report prints is.
    const roubles = (value, digits = 3) => says.money.replace("{number}", number(Math.round(value), digits));
    const percent = (value) => new Intl.NumberFormat(root.lang, { style: "percent", maximumFractionDigits: 1 }).format(value);
    const own = {
      unit: money.profit_unit, loss: money.loss_share, saves: letters.share_saved,
      cost: letters.contact_cost, required: money.required_return,
    };
    const fields = {};
    const labelled = (key, text, field) => {
      fields[key] = field;
      field.id = "what-if-" + key;
      return element("p", { class: "control" }, element("label", { for: field.id, text }), field);
    };
    const typed = (max, step) => element("input", { type: "number", inputmode: "decimal", min: 0, step, ...(max ? { max } : {}) });
    const mostLost = Math.max(money.loss_share, money.win_back_loss_share ?? 0);
    const percents = { loss: money.loss_share / mostLost, saves: Math.min(1, letters.share_saved / letters.most_share_saved) };
    const controls = element("form", { class: "controls" },
      labelled("unit", says.unit, element("select", {},
        ...Object.keys(ROUBLES).map((unit) => element("option", { value: unit, text: unit === "roubles" ? says.roubles : says.thousands })))),
      labelled("loss", says.loss, typed(100 * percents.loss, 5)),
      labelled("saves", says.saves, typed(100 * percents.saves, 1)),
      labelled("cost", says.price, typed(0, 1)),
      labelled("required", says.required, typed(0, 0.5)),
      element("p", { class: "control" }, element("button", { type: "button", text: says.back })));
    const shown = Object.fromEntries(["customers", "cost", "gain", "pays"].map((key) => [key, element("dd")]));
    const printed = { customers: number(plan.customers, 21), cost: roubles(plan.cost, 21), gain: roubles(plan.gain, 21) };
    const outcome = element("dl", { class: "outcome", "aria-live": "polite" },
      ...Object.entries(shown).map(([key, cell]) => element("div", {}, element("dt", { text: says[key] }), cell,
        ...(printed[key] ? [element("dd", { class: "own", text: `${says.own} ${printed[key]}` })] : []))));

    const fill = () => {
      fields.unit.value = own.unit;
      for (const key of ["loss", "saves"]) fields[key].value = +(100 * own[key]).toFixed(2);
      fields.cost.value = own.cost;
      fields.required.value = own.required;
    };
    const read = () => {
      const chosen = { unit: fields.unit.value };
      for (const key of ["loss", "saves", "cost", "required"]) {
        const value = fields[key].value === "" ? NaN : Number(fields[key].value);
        const share = key in percents;
        const valid = value >= 0 && (!share || value <= 100 * percents[key] + 1e-9) && !(key === "saves" && value === 0);
        fields[key].setAttribute("aria-invalid", String(!valid));
        const set = share ? value / 100 : value;
        chosen[key] = !valid ? NaN : Math.abs(set - own[key]) < 1e-4 * own[key] ? own[key] : set;
      }
      return Object.values(chosen).some(Number.isNaN) ? null : chosen;
    };
    const show = () => {
      const chosen = read();
      const changed = chosen && Object.keys(own).some((key) => chosen[key] !== own[key]);
      controls.querySelector("button").disabled = chosen !== null && !changed;
      section.classList.toggle("changed", !chosen || changed);
      const found = chosen && priced(given, chosen);
      if (found && !changed) Object.assign(found, plan);
      const none = "\u2014";
      const digits = changed ? 3 : 21;
      shown.customers.textContent = found ? number(found.customers, 21) : none;
      shown.cost.textContent = found ? roubles(found.cost, digits) : none;
      shown.gain.textContent = found ? roubles(found.gain, digits) : none;
      shown.pays.textContent = found?.breakEven ? percent(found.breakEven) : none;
      if (found) Object.assign(section.dataset, found);
    };
    controls.addEventListener("input", show);
    controls.addEventListener("submit", (event) => event.preventDefault());
    controls.querySelector("button").addEventListener("click", () => { fill(); show(); fields.unit.focus(); });
    section.replaceChildren(
      element("h3", { id: "what-if-title", text: says.title }), element("p", { text: says.intro }), controls, outcome);
    section.setAttribute("aria-labelledby", "what-if-title");
    fill();
    show();
    section.hidden = false;
  }

  // ── Charts ─────────────────────────────────────────────────────────────────────────────────

  const charts = []; // { box, figure, width }: what is drawn where, and how wide it was
  let darkOf = {};
  let locale = {};
  let onPaper = false;

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

  function wrapped(label, letters = LABEL_LENGTH) {
    const lines = [""];
    for (const word of label.replaceAll("<br>", " ").split(" ")) {
      const line = lines[lines.length - 1];
      if (line && (line + " " + word).length > letters) lines.push(word);
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

  // Numbers beside bars keep their size, so what is left free for them takes more of a narrow chart.
  function leaveRoomForNumbers(figure, width) {
    for (const trace of figure.data) {
      const axis = figure.layout[(trace.xaxis ?? "x").replace("x", "xaxis")];
      const beside = trace.mode === "text" && /left|right/.test(String(trace.textposition));
      if (!beside || axis?.range?.length !== 2 || !trace.x.every(Number.isFinite)) continue;
      const [left, right] = axis.range;
      const places = [...trace.x, ...(left < 0 && right > 0 ? [0] : [])];
      const [low, high] = [Math.min(...places), Math.max(...places)];
      const wider = 1.25 * PAPER_WIDTH / width / (right - left);
      const [before, behind] = [low - left, right - high].map((room) => Math.min(room * wider, 0.4));
      const span = (high - low) / (1 - before - behind);
      if (span > right - left) axis.range = [low - before * span, high + behind * span];
    }
  }

  // Words above a chart are broken before its edge, each further line making it higher; those above
  // a panel are moved to the left of it.
  function fitHeadings(figure, width) {
    const { layout } = figure;
    let most = 0;
    for (const heading of layout.annotations ?? []) {
      heading.font = { ...heading.font, size: Math.min(heading.font?.size ?? SMALLEST, SMALLEST) };
      if (heading.xref === "paper" && heading.xanchor === "left") {
        const { l = 0, r = 0 } = layout.margin ?? {};
        const end = l + heading.x * (width - l - r) + heading.text.length * LETTER_WIDTH;
        if (heading.x > 0 && end > width) heading.xshift = (heading.xshift ?? 0) + width - end;
      }
      if (heading.y !== 1 || heading.yref !== "paper" || heading.yanchor !== "bottom") continue;
      const before = heading.text.split("<br>");
      const lines = before.map((line) => wrapped(line, width * HEADING_SHARE / LETTER_WIDTH));
      heading.text = lines.join("<br>");
      most = Math.max(most, heading.text.split("<br>").length - before.length);
    }
    const higher = most * HEADING_LINE;
    layout.margin = { ...layout.margin, t: (layout.margin?.t ?? 0) + higher };
    layout.height += higher;
  }

  function forPhone(figure, width) {
    fitNames(figure);
    fitHeadings(figure, width);
    leaveRoomForNumbers(figure, width);
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
    mindScrolling();
    root.dataset.charts = "drawn";
  }

  setUpTheme();
  setUpContents();
  setUpWhatIf();
  setUpCharts();
  setUpTables();
})();
