// What draws a figure as SVG, on top of plotly.js and the small document of plotly-mirage.

// Boxes of elements that are turned.
(function (node) {
  var box = node.getBBox, rectangle = node.getBoundingClientRect, inside = 0;
  function turned(element, b) {
    var found = /rotate\(([^)]*)\)/.exec(element.getAttribute('transform') || '');
    if (!found) return b;
    var parts = found[1].split(/[ ,]+/).map(Number);
    var angle = parts[0] * Math.PI / 180, cx = parts[1] || 0, cy = parts[2] || 0;
    var cos = Math.cos(angle), sin = Math.sin(angle), xs = [], ys = [];
    [[b.x, b.y], [b.x + b.width, b.y], [b.x, b.y + b.height], [b.x + b.width, b.y + b.height]]
      .forEach(function (corner) {
        var x = corner[0] - cx, y = corner[1] - cy;
        xs.push(cx + x * cos - y * sin);
        ys.push(cy + x * sin + y * cos);
      });
    var left = Math.min.apply(null, xs), top = Math.min.apply(null, ys);
    var right = Math.max.apply(null, xs), bottom = Math.max.apply(null, ys);
    return {
      x: left, y: top, left: left, top: top, right: right, bottom: bottom,
      width: right - left, height: bottom - top
    };
  }
  node.getBBox = function () {
    inside += 1;
    var b = box.call(this);
    inside -= 1;
    return inside ? turned(this, b) : b;
  };
  node.getBoundingClientRect = function () {
    inside += 1;
    var r = rectangle.call(this);
    inside -= 1;
    return r;
  };
})(Element.prototype);

// Plotly remembers the size of a text by its style attribute, which the engine keeps elsewhere:
// without it a text would be given the size that it had in an earlier chart.
(function (element) {
  var attribute = element.getAttribute;
  element.getAttribute = function (name) {
    var found = attribute.call(this, name);
    return name === 'style' && found === null && this.style ? this.style.cssText() : found;
  };
})(Element.prototype);

// Names of months and days, as Plotly.register takes them.
function speak(locale) {
  Plotly.register(locale);
  Plotly.setPlotConfig({locale: locale.name});
}

// Texts are measured by the widths of their letters, given per weight in thousandths of the size.
function measureBy(fonts) {
  globalThis._measureTextRaw = function (text, family, size, weight) {
    var bold = /^bold/.test(weight) || parseInt(weight, 10) >= 600;
    var font = fonts[bold ? 'bold' : 'regular'], scale = parseFloat(size || 12) / 1000, width = 0;
    for (var sign of text) width += sign in font.widths ? font.widths[sign] : font.other;
    return [width, font.ascent + font.descent, font.ascent, font.descent]
      .map(function (part) { return (part * scale).toFixed(2); }).join();
  };
}

// A heat map is drawn on a canvas: what was to be drawn there is kept, in place of its picture.
var canvases = [];
globalThis._encodeCanvasToPNG = function (width, height, commands) {
  canvases.push(JSON.parse(commands));
  return 'data:application/json;cells,' + (canvases.length - 1);
};

// Numbers that are the same for the same seed: ids in a drawing come from them.
function seeded(state) {
  return function () {
    state = (state + 0x6D2B79F5) | 0;
    var mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function draw(seed, data, layout) {
  Math.random = seeded(seed);
  canvases = [];
  var holder = document.createElement('div'), width = layout.width, height = layout.height;
  holder.id = 'holder';
  holder.clientWidth = holder.offsetWidth = width;
  holder.clientHeight = holder.offsetHeight = height;
  holder.getBoundingClientRect = function () {
    return {left: 0, top: 0, right: width, bottom: height, width: width, height: height};
  };
  document.body.appendChild(holder);
  try {
    Plotly.newPlot(holder, data, layout, {staticPlot: true});
    var svg = Plotly.Snapshot.toSVG(holder, 'svg').replace(/TOBESTRIPPED/g, "'");
    return JSON.stringify({svg: svg, canvases: canvases});
  } finally {
    document.body.removeChild(holder);
  }
}
