--[[
One filter for both engines and all outputs.

It reads the small part of Quarto Markdown that the report's words use into plain parts (headings,
paragraphs, figures, tables, ...), numbers them, and writes them as HTML, as Typst, or as the plain
blocks that Pandoc turns into a Word document. Whatever it does not know it refuses loudly, because
neither Pandoc nor Quarto would. Other formats pass through untouched.

The three writers at the end have the same names for the same parts: to change how a callout looks in
the PDF, look for `typst.callout` here and `callout` in report.typ.
]]

local target = (FORMAT:match '^html' and 'html') or (FORMAT == 'typst' and 'typst')
  or (FORMAT == 'docx' and 'docx') or nil
if not target then return {} end

local stringify = pandoc.utils.stringify
local NBSP = '\u{a0}'
local CALLOUTS = { note = true, tip = true, warning = true, important = true }
local TEXT_SPANS = { nowrap = true, muted = true }
local DEEPEST_HEADING = 3
local DEEPEST_IN_CONTENTS = 2
local LARGEST_FALLBACK = 80000 -- bytes of an SVG shown where scripts are off

local document = 'report' -- its name, until its front matter tells

local function refuse(message, ...)
  assert(false, document .. '.qmd: ' .. message:format(...))
end

local function read_file(path, wanted_by)
  local file = io.open(path, 'rb')
  if not file then refuse('%s needs the file %s, which is not there', wanted_by, path) end
  local text = file:read 'a'
  file:close()
  return text
end

local function optional_file(path)
  local file = io.open(path, 'rb')
  if not file then return nil end
  local text = file:read 'a'
  file:close()
  return text
end

local function map(list, fn)
  local out = {}
  for index, item in ipairs(list) do out[index] = fn(item, index) end
  return out
end

-- ─── Front matter ────────────────────────────────────────────────────────────────────────────────

local words = {}
local front_language = ''

local function word(name)
  if not words[name] then refuse('the front matter lacks words.%s', name) end
  return words[name]
end

local function trimmed(text)
  return (text:gsub('^%s+', ''):gsub('%s+$', ''))
end

local function read_words(meta)
  front_language = meta.lang and stringify(meta.lang) or ''
  document = meta.document and stringify(meta.document) or document
  for name, value in pairs(meta.words or {}) do words[name] = trimmed(stringify(value)) end
end

-- «Рисунок 1 — », but «Figure 1: »: a dash stands off from the number, other marks do not.
local function caption_separator()
  local mark = word 'caption-separator'
  local dash = mark == '—' or mark == '–'
  return (dash and NBSP or '') .. mark .. ' '
end

-- ─── Reading: from Pandoc's tree to parts ────────────────────────────────────────────────────────

local targets = {} -- id -> { kind, number }
local counts = { figure = 0, table = 0, section = 0 }
local above = {} -- the numbers of the headings that enclose the present place, by level
local untitled = 0

local function remember(id, kind, number)
  if targets[id] then refuse('the id #%s is given twice', id) end
  targets[id] = { kind = kind, number = number }
end

local function only_classes(element, allowed, what)
  for _, class in ipairs(element.classes) do
    if not allowed[class] then refuse('%s has the unknown class .%s', what, class) end
  end
end

local function only_attributes(element, allowed, what)
  for name in pairs(element.attributes) do
    if not allowed[name] then refuse('%s has the unknown attribute %s', what, name) end
  end
end

local function heading_number(header)
  local level = header.level
  local parent = above[level - 1]
  if level > 1 and not parent then
    refuse('the heading «%s» of level %d has none of level %d above it',
      stringify(header), level, level - 1)
  end
  for deeper = level + 1, DEEPEST_HEADING do above[deeper] = nil end
  if header.classes:includes 'unnumbered' then
    above[level] = { number = nil, last = 0 }
  elseif level == 1 then
    counts.section = counts.section + 1
    above[1] = { number = tostring(counts.section), last = 0 }
  else
    parent.last = parent.last + 1
    local number = parent.number and (parent.number .. '.' .. parent.last) or nil
    above[level] = { number = number, last = 0 }
  end
  return above[level].number
end

local function read_heading(header)
  local what = ('the heading «%s»'):format(stringify(header))
  only_classes(header, { unnumbered = true }, what)
  only_attributes(header, {}, what)
  if header.level > DEEPEST_HEADING then
    refuse('%s is of level %d; %d is the deepest', what, header.level, DEEPEST_HEADING)
  end
  local number = heading_number(header)
  local id = header.identifier
  if not id:match '^sec%-' then
    untitled = untitled + 1
    id = 'part-' .. untitled
  end
  remember(id, 'section', number)
  return {
    tag = 'heading', level = header.level, id = id, inlines = header.content, number = number,
  }
end

local function read_image(image, id, caption)
  if not id:match '^fig%-[%w-]+$' then
    refuse('an image that is not a figure with an id #fig-…: %s', image.src)
  end
  local what = 'the figure #' .. id
  only_classes(image, { plotly = true }, what)
  only_attributes(image, { ['fig-alt'] = true }, what)
  local alt = image.attributes['fig-alt']
  if not alt or alt == '' then refuse('%s has no fig-alt', what) end
  if not image.src:match '^figures/fig%-[%w-]+%.svg$' then
    refuse('%s does not come from figures/fig-….svg', what)
  end
  if #caption == 0 then refuse('%s has no caption', what) end
  counts.figure = counts.figure + 1
  remember(id, 'figure', tostring(counts.figure))
  return {
    tag = 'figure', id = id, number = tostring(counts.figure), caption = caption,
    source = image.src, alt = alt, live = image.classes:includes 'plotly',
  }
end

-- Readers older than Pandoc 3.7 leave `{#tbl-x .compact}` as text at the caption's end.
local function caption_attributes(caption)
  local tail, start = '', nil
  for index = #caption, 1, -1 do
    tail = stringify(pandoc.Inlines { caption[index] }) .. tail
    if tail:match '^%s*{#tbl' then start = index break end
    if tail:len() > 120 then break end
  end
  local id, rest = tail:match '^%s*{#(tbl%-[%w-]+)([^}]*)}%s*$'
  if not start or not id then return '', {}, caption end
  local classes = pandoc.List {}
  for class in rest:gmatch '%.([%w-]+)' do classes:insert(class) end
  local kept = pandoc.Inlines {}
  for index = 1, start - 1 do kept:insert(caption[index]) end
  if #kept > 0 and kept[#kept].t == 'Space' then kept:remove(#kept) end
  return id, classes, kept
end

local ALIGNMENT = {
  AlignDefault = 'left', AlignLeft = 'left', AlignRight = 'right', AlignCenter = 'center',
}

local function read_row(row, what)
  return map(row.cells, function(cell)
    if cell.row_span ~= 1 or cell.col_span ~= 1 then refuse('%s has merged cells', what) end
    if #cell.contents == 0 then return pandoc.Inlines {} end
    local block = cell.contents[1]
    if #cell.contents > 1 or (block.t ~= 'Plain' and block.t ~= 'Para') then
      refuse('%s has a cell that is more than one line of text', what)
    end
    return block.content
  end)
end

local function read_table(element)
  local caption = pandoc.utils.blocks_to_inlines(element.caption.long)
  local id, classes = element.identifier, element.classes
  if id == '' then id, classes, caption = caption_attributes(caption) end
  local what = id ~= '' and 'the table #' .. id or 'a table'
  if id ~= '' and not id:match '^tbl%-[%w-]+$' then refuse('%s: its id must be #tbl-…', what) end
  if id == '' and #caption > 0 then refuse('the table «%s» has no id', stringify(caption)) end
  if id ~= '' and #caption == 0 then refuse('%s has no caption', what) end
  if #element.bodies ~= 1 or #element.foot.rows > 0 or #element.head.rows > 1 then
    refuse('%s has more than one head, body or foot', what)
  end
  only_classes({ classes = classes }, { compact = true, total = true }, what)
  local part = {
    tag = 'data_table', id = id ~= '' and id or nil, caption = caption,
    compact = pandoc.List(classes):includes 'compact',
    total = pandoc.List(classes):includes 'total',
    alignments = map(element.colspecs, function(spec) return ALIGNMENT[spec[1]] end),
    rows = map(element.bodies[1].body, function(row) return read_row(row, what) end),
  }
  local head = element.head.rows[1] and read_row(element.head.rows[1], what) or {}
  local headed = false
  for _, cell in ipairs(head) do headed = headed or #cell > 0 end
  part.head = headed and head or nil
  if part.id then
    counts.table = counts.table + 1
    part.number = tostring(counts.table)
    remember(part.id, 'table', part.number)
  end
  return part
end

local read_blocks

local function read_card(div)
  only_classes(div, { card = true, accent = true }, 'a card')
  local card = { accent = div.classes:includes 'accent' }
  for _, block in ipairs(div.content) do
    local span = #(block.content or {}) == 1 and block.content[1] or nil
    local name = span and span.t == 'Span' and span.classes[1]
    if block.t ~= 'Para' or not (name == 'value' or name == 'label' or name == 'note') then
      refuse 'a card holds something else than the spans .value, .label and .note'
    end
    card[name] = span.content
  end
  if not card.value or not card.label then refuse 'a card needs a .value and a .label' end
  return card
end

local function read_cards(div)
  return {
    tag = 'cards',
    cards = map(div.content, function(child)
      if child.t ~= 'Div' or not child.classes:includes 'card' then
        refuse 'the div .cards holds something else than cards'
      end
      return read_card(child)
    end),
  }
end

local function read_actions(div)
  local list = div.content[1]
  if #div.content ~= 1 or list.t ~= 'OrderedList' then
    refuse 'the div .actions holds something else than one numbered list'
  end
  return { tag = 'actions', items = map(list.content, read_blocks) }
end

local function read_callout(div, kind)
  only_attributes(div, { title = true }, 'a callout')
  return {
    tag = 'callout', kind = kind,
    title = div.attributes.title or word('callout-' .. kind),
    parts = read_blocks(div.content),
  }
end

-- What can be worked with needs a page; on paper there is only what is printed beside it.
local function read_what_if(div)
  if target ~= 'html' then return {} end
  only_attributes(div, { numbers = true }, 'the div .what-if')
  return { {
    tag = 'what_if', numbers = div.attributes.numbers,
    says = map(div.content, function(block)
      local span = #(block.content or {}) == 1 and block.content[1] or nil
      local name = span and span.t == 'Span' and span.classes[1]
      if not name then refuse 'the div .what-if holds something else than named spans' end
      return { name = name, text = stringify(span.content) }
    end),
  } }
end

local function shown_here(div)
  local class = div.classes[1]
  if #div.classes > 1 then refuse('the div .%s has other classes', class) end
  only_attributes(div, { ['when-format'] = true }, 'the div .' .. class)
  local format = div.attributes['when-format']
  if not format then refuse('the div .%s has no when-format', class) end
  return (format == target) == (class == 'content-visible')
end

-- Page 1 and the summary are the only divs that stand by themselves at the top of a document.
local function read_div(div)
  local class = div.classes[1] or ''
  local kind = class:match '^callout%-(%a+)$'
  if kind and CALLOUTS[kind] and #div.classes == 1 then return { read_callout(div, kind) } end
  if class == 'content-visible' or class == 'content-hidden' then
    return shown_here(div) and read_blocks(div.content) or {}
  end
  if #div.classes == 1 then
    if class == 'cards' then return { read_cards(div) } end
    if class == 'actions' then return { read_actions(div) } end
    if class == 'what-if' then return read_what_if(div) end
    if class == 'front' or class == 'summary' then
      return { { tag = class, parts = read_blocks(div.content) } }
    end
  end
  return refuse('unknown div %s', class ~= '' and '.' .. table.concat(div.classes, '.') or
    (div.identifier ~= '' and '#' .. div.identifier or 'without a class'))
end

local readers = {
  Para = function(block)
    local image = block.content[1]
    if #block.content == 1 and image.t == 'Image' then
      return { read_image(image, image.identifier, image.caption) }
    end
    return { { tag = 'paragraph', inlines = block.content } }
  end,
  Plain = function(block) return { { tag = 'paragraph', inlines = block.content } } end,
  Header = function(block) return { read_heading(block) } end,
  BulletList = function(block)
    return { { tag = 'bullets', items = map(block.content, read_blocks) } }
  end,
  OrderedList = function(block)
    return { { tag = 'numbers', start = block.start, items = map(block.content, read_blocks) } }
  end,
  DefinitionList = function(block)
    return { {
      tag = 'definitions',
      items = map(block.content, function(item)
        local parts = {}
        for _, definition in ipairs(item[2]) do
          for _, part in ipairs(read_blocks(definition)) do parts[#parts + 1] = part end
        end
        return { term = item[1], parts = parts }
      end),
    } }
  end,
  Figure = function(block)
    local inner = block.content[1]
    local image = inner and inner.content and inner.content[1]
    if #block.content ~= 1 or not image or image.t ~= 'Image' or #inner.content ~= 1 then
      refuse 'a figure that holds something else than one image'
    end
    local id = block.identifier ~= '' and block.identifier or image.identifier
    return { read_image(image, id, pandoc.utils.blocks_to_inlines(block.caption.long)) }
  end,
  Table = function(block) return { read_table(block) } end,
  Div = read_div,
}

read_blocks = function(blocks)
  local parts = {}
  for _, block in ipairs(blocks) do
    local reader = readers[block.t]
    if not reader then refuse('the report does not use %s: %s', block.t, stringify(block)) end
    for _, part in ipairs(reader(block)) do parts[#parts + 1] = part end
  end
  return parts
end

-- ─── Writing, common to all outputs ──────────────────────────────────────────────────────────────

local writer -- html, typst or docx, below

local function write_parts(parts)
  return writer.together(map(parts, function(part) return writer[part.tag](part) end))
end

local REFERENCE = {
  figure = 'ref-figure', table = 'ref-table', section = 'ref-section',
}

local function reference(citation)
  local id = citation.id
  local entry = targets[id]
  if not entry then refuse('the reference @%s has no target', id) end
  if #citation.prefix > 0 or #citation.suffix > 0 then
    refuse('the reference @%s has words of its own', id)
  end
  if not entry.number then refuse('the reference @%s is to something without a number', id) end
  if citation.mode == 'SuppressAuthor' then return writer.reference(id, entry.number) end
  return writer.reference(id, word(REFERENCE[entry.kind]) .. NBSP .. entry.number)
end

local write_inlines

local inline_writers = {
  Strong = function(inline, place) return writer.strong(write_inlines(inline.content, place)) end,
  Emph = function(inline, place) return writer.emph(write_inlines(inline.content, place)) end,
  LineBreak = function() return writer.line_break() end,
  Cite = function(inline)
    return writer.joined(map(inline.citations, reference), ', ')
  end,
  Note = function(inline, place)
    if place then refuse('a footnote in %s', place) end
    return writer.footnote(read_blocks(inline.content))
  end,
  Link = function(inline, place)
    local address = inline.target
    local id = address:match '^#(.+)$'
    if id and not targets[id] then refuse('the link to #%s has no target', id) end
    local section = address:match '^annex:(sec%-[%w-]+)$'
    if section then
      return writer.annex_link(section, write_inlines(inline.content, place))
    end
    if not id and not address:match '^https?://' and not address:match '^mailto:' then
      refuse('a link to %s', address)
    end
    return writer.link(address, write_inlines(inline.content, place))
  end,
  Span = function(inline, place)
    local class = inline.classes[1]
    if #inline.classes ~= 1 or not TEXT_SPANS[class] then
      refuse('unknown span %s', class and '.' .. table.concat(inline.classes, '.')
        or 'without a class')
    end
    return writer.span(class, write_inlines(inline.content, place))
  end,
}

local TEXT = {
  Str = function(inline) return inline.text end,
  Space = function() return ' ' end,
  SoftBreak = function() return ' ' end,
}

-- Runs of plain text become one piece, so that both outputs see whole words and sentences.
-- `place` names a place where a footnote cannot stand; nil elsewhere.
write_inlines = function(inlines, place)
  local pieces, run = {}, {}
  local function close_run()
    if #run > 0 then pieces[#pieces + 1] = writer.text(table.concat(run)) end
    run = {}
  end
  for _, inline in ipairs(inlines) do
    if TEXT[inline.t] then
      run[#run + 1] = TEXT[inline.t](inline)
    else
      local write = inline_writers[inline.t]
      if not write then refuse('the report does not use %s: %s', inline.t, stringify(inline)) end
      close_run()
      pieces[#pieces + 1] = write(inline, place)
    end
  end
  close_run()
  return writer.joined(pieces)
end

-- What begins with page 1 is read from there to its end: no cover, no contents, no numbers of
-- figures and tables, which stand beside the words about them.
local brief = false

local function is_brief(parts) return parts[1] ~= nil and parts[1].tag == 'front' end

local function caption_label(part)
  return word(part.tag == 'figure' and 'figure' or 'table') .. NBSP .. part.number
end

local function headings_of(parts, found)
  for _, part in ipairs(parts) do
    if part.tag == 'heading' and part.level <= DEEPEST_IN_CONTENTS then found[#found + 1] = part end
    if part.tag == 'front' or part.tag == 'summary' then headings_of(part.parts, found) end
  end
  return found
end

-- ─── HTML ────────────────────────────────────────────────────────────────────────────────────────

local html = { notes = {}, figures = 0 }

function html.together(blocks) return table.concat(blocks, '\n') end

local HTML_ESCAPES = {
  ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;', ['"'] = '&quot;', ["'"] = '&#39;',
  ['{'] = '&#123;', -- or Quarto would run a shortcode that came from data
}

function html.text(text) return (text:gsub('[&<>"\'{]', HTML_ESCAPES)) end

function html.joined(pieces, separator)
  return table.concat(pieces, separator and html.text(separator) or '')
end

function html.strong(body) return '<strong>' .. body .. '</strong>' end
function html.emph(body) return '<em>' .. body .. '</em>' end
function html.line_break() return '<br>' end
function html.span(class, body) return ('<span class="%s">%s</span>'):format(class, body) end
function html.link(address, body)
  return ('<a href="%s">%s</a>'):format(html.text(address), body)
end
function html.annex_link(section, body)
  return ('<a href="annex.%s.html#%s">%s</a>'):format(front_language, section, body)
end
function html.reference(id, text)
  return ('<a class="ref" href="#%s">%s</a>'):format(id, html.text(text))
end

function html.footnote(parts)
  local number = #html.notes + 1
  html.notes[number] = false -- its place is taken before notes inside are written
  html.notes[number] = write_parts(parts)
  return ('<sup class="noteref"><a id="noteref-%d" href="#note-%d" role="doc-noteref">%d</a></sup>')
    :format(number, number, number)
end

function html.paragraph(part) return '<p>' .. write_inlines(part.inlines) .. '</p>' end

local function html_items(items)
  return table.concat(map(items, function(parts)
    local only = #parts == 1 and parts[1].tag == 'paragraph'
    local body = only and write_inlines(parts[1].inlines) or write_parts(parts)
    return '<li>' .. body .. '</li>'
  end), '\n')
end

function html.bullets(part) return '<ul>\n' .. html_items(part.items) .. '\n</ul>' end

function html.numbers(part)
  local start = part.start ~= 1 and (' start="%d"'):format(part.start) or ''
  return ('<ol%s>\n%s\n</ol>'):format(start, html_items(part.items))
end

function html.definitions(part)
  return '<dl>\n' .. table.concat(map(part.items, function(item)
    return ('<dt>%s</dt>\n<dd>%s</dd>'):format(
      write_inlines(item.term, 'a term'), write_parts(item.parts))
  end), '\n') .. '\n</dl>'
end

local function html_numbered(heading)
  local title = write_inlines(heading.inlines, 'a heading')
  if not heading.number then return title end
  return ('<span class="number">%s</span> %s'):format(html.text(heading.number), title)
end

-- The document's title is the page's h1, so its sections begin at h2.
function html.heading(part)
  local level = part.level + 1
  return ('<h%d id="%s">%s</h%d>'):format(level, part.id, html_numbered(part), level)
end

-- JSON inside a script element: what could end the script or start a shortcode is respelt.
local function script_json(json)
  return (json:gsub('</', '<\\/'):gsub('<!%-%-', '<\\u0021--'):gsub('{{', '{\\u007b'))
end

local function html_caption(part)
  local caption = write_inlines(part.caption, 'a caption')
  if brief then return ('<figcaption id="%s-caption">%s</figcaption>'):format(part.id, caption) end
  return ('<figcaption id="%s-caption"><span class="label">%s</span>%s%s</figcaption>'):format(
    part.id, html.text(caption_label(part)), html.text(caption_separator()), caption)
end

-- report.js fills in the chart's numbers and shows it; without scripts there is nothing to open.
local function html_numbers(part)
  return ('<details class="numbers" data-chart="%s" hidden><summary>%s'
    .. '<span class="unseen">: %s</span></summary></details>'):format(
    part.id, html.text(words['chart-table'] or word 'table'), html.text(caption_label(part)))
end

local function chart_json(part)
  return read_file(part.source:gsub('%.svg$', '.json'), 'the figure #' .. part.id)
end

local function chart_height(json)
  return pandoc.json.decode(json, false).layout.height or 320
end

function html.figure(part)
  local alt = html.text(part.alt)
  local image = ('<img src="%s" alt="%s">'):format(part.source, alt)
  if not part.live then
    return ('<figure class="picture" id="%s">\n%s\n%s\n</figure>'):format(
      part.id, image, html_caption(part))
  end
  html.figures = html.figures + 1
  local json = chart_json(part)
  local height = chart_height(json)
  local twin = read_file(part.source, 'the figure #' .. part.id)
  local fallback = #twin <= LARGEST_FALLBACK and image
    or ('<p>%s</p>'):format(html.text(word 'chart-fallback'))
  return table.concat({
    ('<figure class="chart" id="%s">'):format(part.id),
    brief and html_caption(part) or '',
    ('<div class="live" data-chart="%s" role="img" aria-label="%s" style="height:%dpx">'):format(
      part.id, alt, height),
    ('<noscript>%s</noscript></div>'):format(fallback),
    ('<script type="application/json" id="%s-data">%s</script>'):format(
      part.id, script_json(trimmed(json))),
    brief and '' or html_caption(part),
    '</figure>',
    html_numbers(part),
  }, '\n')
end

local function html_row(cells, part, tag, scope)
  return '<tr>' .. table.concat(map(cells, function(cell, column)
    local name = (scope == 'row' and column == 1 and part.alignments[1] == 'left') and 'th' or tag
    local scoped = name == 'th' and (' scope="%s"'):format(scope) or ''
    if #cell == 0 and name == 'th' then name, scoped = 'td', '' end
    return ('<%s class="%s"%s>%s</%s>'):format(
      name, part.alignments[column], scoped, write_inlines(cell), name)
  end)) .. '</tr>'
end

function html.data_table(part)
  local class = (part.compact and ' compact' or '') .. (part.total and ' total' or '')
  local head = part.head
    and '<thead>\n' .. html_row(part.head, part, 'th', 'col') .. '\n</thead>\n' or ''
  local rows = table.concat(
    map(part.rows, function(row) return html_row(row, part, 'td', 'row') end), '\n')
  local grid = ('<div class="scroll"><table>\n%s<tbody>\n%s\n</tbody>\n</table></div>'):format(
    head, rows)
  if not part.id then return ('<div class="data%s">%s</div>'):format(class, grid) end
  return ('<figure class="data%s" id="%s" aria-labelledby="%s-caption">\n%s\n%s\n</figure>'):format(
    class, part.id, part.id, html_caption(part), grid)
end

function html.callout(part)
  return ('<aside class="callout %s">\n<p class="title">%s</p>\n%s\n</aside>'):format(
    part.kind, html.text(part.title), write_parts(part.parts))
end

function html.cards(part)
  return '<div class="cards">\n' .. table.concat(map(part.cards, function(card)
    local lines = map({ 'value', 'label', 'note' }, function(name)
      if not card[name] then return '' end
      return ('<p class="%s">%s</p>'):format(name, write_inlines(card[name], 'a card'))
    end)
    return ('<div class="card%s">%s</div>'):format(
      card.accent and ' accent' or '', table.concat(lines))
  end), '\n') .. '\n</div>'
end

-- report.js makes the form; without scripts there is nothing to see.
function html.what_if(part)
  return table.concat({
    '<section class="what-if" hidden>',
    '<script type="application/json" id="what-if-data">' .. script_json(part.numbers) .. '</script>',
    table.concat(map(part.says, function(each)
      return ('<p data-says="%s">%s</p>'):format(html.text(each.name), html.text(each.text))
    end), '\n'),
    '</section>',
  }, '\n')
end

function html.actions(part)
  return '<ol class="actions">\n' .. table.concat(map(part.items, function(parts)
    return '<li>' .. write_parts(parts) .. '</li>'
  end), '\n') .. '\n</ol>'
end

function html.summary(part)
  return '<section class="summary">\n' .. write_parts(part.parts) .. '\n</section>'
end

function html.front(part)
  return '<section class="front">\n' .. write_parts(part.parts) .. '\n</section>'
end

function html.endnotes()
  if #html.notes == 0 then return '' end
  local items = map(html.notes, function(note, number)
    return ('<li id="note-%d">%s <a class="back" href="#noteref-%d" role="doc-backlink" '
      .. 'aria-label="%s">↩</a></li>'):format(
      number, note, number, html.text(words['footnote-back'] or tostring(number)))
  end)
  local title = words.footnotes
    and ('<p class="title">%s</p>\n'):format(html.text(words.footnotes)) or ''
  return ('\n<section class="footnotes" role="doc-endnotes">\n%s<ol>\n%s\n</ol>\n</section>'):format(
    title, table.concat(items, '\n'))
end

function html.contents(parts)
  local out, depth = {}, 0
  for _, heading in ipairs(headings_of(parts, {})) do
    if heading.level > depth then
      out[#out + 1] = '<ol>'
    else
      out[#out + 1] = ('</li></ol>'):rep(depth - heading.level) .. '</li>'
    end
    depth = heading.level
    out[#out + 1] = ('<li><a href="#%s">%s</a>'):format(heading.id, html_numbered(heading))
  end
  return table.concat(out, '\n') .. ('</li></ol>'):rep(depth)
end

function html.document(parts) return write_parts(parts) .. html.endnotes() end

-- ─── Typst (everything in code mode: text is a string literal, never markup) ─────────────────────

local typst = {}

function typst.together(blocks) return table.concat(blocks, '\n') end

local TYPST_ESCAPES = {
  ['\\'] = '\\\\', ['"'] = '\\"', ['\n'] = ' ', ['\r'] = ' ',
  ['{'] = '\\u{7b}', -- or Quarto would run a shortcode that came from data
}

function typst.text(text) return '"' .. text:gsub('[\\"\n\r{]', TYPST_ESCAPES) .. '"' end

function typst.joined(pieces, separator)
  if #pieces == 0 then return '[]' end
  local between = separator and '; ' .. typst.text(separator) .. '; ' or '; '
  return '{ ' .. table.concat(pieces, between) .. ' }'
end

local function typst_list(items)
  return '(' .. table.concat(map(items, function(item) return item .. ', ' end)) .. ')'
end

local function typst_strings(texts) return typst_list(map(texts, typst.text)) end

-- A single paragraph stays inline: in a note or a list item it needs no block of its own.
local function typst_body(parts)
  if #parts == 1 and parts[1].tag == 'paragraph' then return write_inlines(parts[1].inlines) end
  return '{\n' .. write_parts(parts) .. '\n}'
end

function typst.strong(body) return ('strong(%s)'):format(body) end
function typst.emph(body) return ('emph(%s)'):format(body) end
function typst.line_break() return 'linebreak()' end
function typst.span(class, body) return ('%s(%s)'):format(class, body) end
function typst.link(address, body)
  local id = address:match '^#(.+)$'
  return ('link(%s, %s)'):format(id and ('<%s>'):format(id) or typst.text(address), body)
end
function typst.annex_link(_, body) return body end
function typst.reference(id, text) return ('reference(<%s>, %s)'):format(id, typst.text(text)) end
function typst.footnote(parts) return ('footnote(%s)'):format(typst_body(parts)) end
function typst.paragraph(part) return ('par(%s)'):format(write_inlines(part.inlines)) end

local function typst_items(items)
  return table.concat(map(items, function(parts) return typst_body(parts) .. ', ' end))
end

function typst.bullets(part) return ('list(%s)'):format(typst_items(part.items)) end
function typst.numbers(part)
  return ('enum(start: %d, %s)'):format(part.start, typst_items(part.items))
end

function typst.definitions(part)
  return 'terms(' .. table.concat(map(part.items, function(item)
    return ('terms.item(%s, %s), '):format(
      write_inlines(item.term, 'a term'), typst_body(item.parts))
  end)) .. ')'
end

function typst.heading(part)
  local number = part.number and typst.text(part.number) or 'none'
  return ('[#section(%d, %s, %s) <%s>]'):format(
    part.level, number, write_inlines(part.inlines, 'a heading'), part.id)
end

local function typst_caption(part)
  if brief then return write_inlines(part.caption, 'a caption') end
  return ('caption(%s, %s, %s)'):format(
    typst.text(caption_label(part)), typst.text(caption_separator()),
    write_inlines(part.caption, 'a caption'))
end

function typst.figure(part)
  local height = part.live and chart_height(chart_json(part)) or 0
  return ('[#chart(%s, %s, %s, height: %d) <%s>]'):format(
    typst.text(part.source), typst.text(part.alt), typst_caption(part), height, part.id)
end

-- Only the longest texts of a column decide its width.
local function longest(texts)
  table.sort(texts, function(a, b)
    local la, lb = utf8.len(a), utf8.len(b)
    if la ~= lb then return la > lb end
    return a < b
  end)
  local out = {}
  for _, text in ipairs(texts) do
    if text ~= out[#out] then out[#out + 1] = text end
    if #out == 3 then break end
  end
  return out
end

local function typst_widths(part)
  return typst_list(map(part.alignments, function(alignment, column)
    local whole, unbroken, head = {}, {}, ''
    local function add_words(text)
      for token in text:gmatch '%S+' do unbroken[#unbroken + 1] = token end
    end
    if part.head then
      head = stringify(pandoc.Inlines(part.head[column]))
      add_words(head)
    end
    for _, row in ipairs(part.rows) do
      local text = stringify(pandoc.Inlines(row[column]))
      whole[#whole + 1] = text
      if alignment == 'left' then add_words(text) else unbroken[#unbroken + 1] = text end
    end
    return ('(head: %s, whole: %s, unbroken: %s)'):format(
      typst.text(head), typst_strings(longest(whole)), typst_strings(longest(unbroken)))
  end))
end

function typst.data_table(part)
  local function cells(row) return typst_list(map(row, function(c) return write_inlines(c) end)) end
  local grid = ('data-table(%s, %s, %s, %s, compact: %s, total: %s)'):format(
    typst_list(part.alignments), typst_widths(part), part.head and cells(part.head) or 'none',
    typst_list(map(part.rows, cells)), tostring(part.compact), tostring(part.total))
  if not part.id then return grid end
  return ('[#captioned-table(%d, %s, %s) <%s>]'):format(
    #part.rows, typst_caption(part), grid, part.id)
end

function typst.callout(part)
  return ('callout(%s, %s, %s)'):format(
    typst.text(part.kind), typst.text(part.title), typst_body(part.parts))
end

function typst.cards(part)
  return ('cards(%s)'):format(table.concat(map(part.cards, function(card)
    local note = card.note and write_inlines(card.note, 'a card') or 'none'
    return ('(accent: %s, value: %s, label: %s, note: %s), '):format(tostring(card.accent),
      write_inlines(card.value, 'a card'), write_inlines(card.label, 'a card'), note)
  end)))
end

function typst.actions(part)
  return ('actions(%s)'):format(typst_items(part.items))
end

function typst.summary(part) return ('summary-page(%s)'):format(typst_body(part.parts)) end
function typst.front(part) return ('front-page(%s)'):format(typst_body(part.parts)) end

function typst.document(parts)
  local out, listed = {}, brief
  for index, part in ipairs(parts) do
    if not listed and (part.tag ~= 'summary' or index > 1) then
      out[#out + 1] = 'contents-page()'
      listed = true
    end
    out[#out + 1] = writer[part.tag](part)
  end
  return '#{\n' .. table.concat(out, '\n') .. '\n}'
end

-- ─── Word (plain blocks; Pandoc writes them in the styles of a reference document) ───────────────

local docx = {}

local function styled(style, blocks)
  return pandoc.Div(blocks, pandoc.Attr('', {}, { ['custom-style'] = style }))
end

function docx.together(groups)
  local out = pandoc.Blocks {}
  for _, group in ipairs(groups) do out:extend(group) end
  return out
end

function docx.text(text) return pandoc.Inlines { pandoc.Str(text) } end

function docx.joined(pieces, separator)
  local out = pandoc.Inlines {}
  for index, piece in ipairs(pieces) do
    if separator and index > 1 then out:insert(pandoc.Str(separator)) end
    out:extend(piece)
  end
  return out
end

function docx.strong(body) return pandoc.Inlines { pandoc.Strong(body) } end
function docx.emph(body) return pandoc.Inlines { pandoc.Emph(body) } end
function docx.line_break() return pandoc.Inlines { pandoc.LineBreak() } end
function docx.span(class, body)
  if class ~= 'muted' then return body end
  return pandoc.Inlines { pandoc.Span(body, pandoc.Attr('', {}, { ['custom-style'] = 'Muted' })) }
end
function docx.link(address, body) return pandoc.Inlines { pandoc.Link(body, address) } end
function docx.annex_link(_, body) return body end
function docx.reference(id, text) return docx.link('#' .. id, docx.text(text)) end
function docx.footnote(parts) return pandoc.Inlines { pandoc.Note(write_parts(parts)) } end
function docx.paragraph(part) return pandoc.Blocks { pandoc.Para(write_inlines(part.inlines)) } end
function docx.bullets(part) return pandoc.Blocks { pandoc.BulletList(map(part.items, write_parts)) } end
function docx.numbers(part)
  return pandoc.Blocks {
    pandoc.OrderedList(map(part.items, write_parts), pandoc.ListAttributes(part.start)),
  }
end
function docx.actions(part) return docx.numbers { start = 1, items = part.items } end

function docx.definitions(part)
  return pandoc.Blocks {
    pandoc.DefinitionList(map(part.items, function(item)
      return { write_inlines(item.term, 'a term'), { write_parts(item.parts) } }
    end)),
  }
end

function docx.heading(part)
  local title = write_inlines(part.inlines, 'a heading')
  if part.number then
    title = docx.joined { docx.text(part.number .. ' '), title }
  end
  return pandoc.Blocks { pandoc.Header(part.level, title, pandoc.Attr(part.id)) }
end

-- The caption carries the anchor that references lead to.
local function docx_caption(part)
  local text = write_inlines(part.caption, 'a caption')
  if not brief then
    text = docx.joined { docx.text(caption_label(part) .. caption_separator()), text }
  end
  return styled('Table Caption', { pandoc.Para { pandoc.Span(text, pandoc.Attr(part.id)) } })
end

-- Word draws no SVG well: the engine lays a raster picture of the same drawing beside it.
function docx.figure(part)
  local picture = part.source:gsub('%.svg$', '.png')
  local image = pandoc.Image(part.alt, optional_file(picture) and picture or part.source, '',
    pandoc.Attr('', {}, { width = '100%' }))
  return pandoc.Blocks {
    docx_caption(part), styled('Picture', { pandoc.Para { image } }),
  }
end

local DOCX_ALIGNMENT = { left = 'AlignLeft', right = 'AlignRight', center = 'AlignCenter' }

local NARROWEST, WIDEST = 7, 36 -- letters

-- Word would make all columns alike: each gets a part of the page by its longest text.
local function docx_widths(head, rows, columns)
  local letters, total = {}, 0
  for column = 1, columns do
    local most = NARROWEST
    for index = 0, #rows do
      local cell = index == 0 and head and head[column] or rows[index] and rows[index][column]
      local text = cell and stringify(pandoc.Inlines(cell)) or ''
      if index > 0 then most = math.max(most, utf8.len(text) or 0) end
      for token in text:gmatch '%S+' do most = math.max(most, (utf8.len(token) or 0) + 3) end
    end
    letters[column] = math.min(most, WIDEST)
    total = total + letters[column]
  end
  return map(letters, function(count) return count / total end)
end

local function docx_table(head, rows, alignments)
  local function cells(row)
    return map(row, function(cell) return { pandoc.Plain(write_inlines(cell, 'a cell')) } end)
  end
  return pandoc.utils.from_simple_table(pandoc.SimpleTable(
    {}, map(alignments, function(side) return DOCX_ALIGNMENT[side] end),
    docx_widths(head, rows, #alignments), head and cells(head) or {}, map(rows, cells)))
end

function docx.data_table(part)
  local blocks = pandoc.Blocks {}
  if part.id then blocks:insert(docx_caption(part)) end
  local rows = part.rows
  if part.total then
    rows = map(rows, function(row, place)
      if place < #rows then return row end
      return map(row, function(cell) return #cell > 0 and pandoc.Inlines { pandoc.Strong(cell) } or cell end)
    end)
  end
  blocks:insert(docx_table(part.head, rows, part.alignments))
  blocks:insert(styled('After Table', { pandoc.Para {} }))
  return blocks
end

function docx.callout(part)
  local blocks = pandoc.Blocks { pandoc.Para { pandoc.Strong(part.title) } }
  blocks:extend(write_parts(part.parts))
  return pandoc.Blocks { styled('Callout', blocks) }
end

function docx.cards(part)
  return pandoc.Blocks {
    docx_table(nil, map(part.cards, function(card)
      return { pandoc.Inlines { pandoc.Strong(card.value) }, card.label, card.note or pandoc.Inlines {} }
    end), { 'left', 'left', 'left' }),
    styled('After Table', { pandoc.Para {} }),
  }
end

function docx.summary(part) return write_parts(part.parts) end
function docx.front(part) return write_parts(part.parts) end

function docx.document(parts, meta)
  local out = pandoc.Blocks {}
  for _, line in ipairs { { 'headline', 'Headline' }, { 'subtitle', 'Subtitle' }, { 'as-of', 'Date' } } do
    local name, style = line[1], line[2]
    local text = meta[name] and stringify(meta[name]) or ''
    if text ~= '' then out:insert(styled(style, { pandoc.Para { pandoc.Str(text) } })) end
  end
  out:extend(write_parts(parts))
  return out
end

-- ─── The whole document ──────────────────────────────────────────────────────────────────────────

local FRONT = { 'headline', 'title', 'subtitle', 'as-of', 'organisation', 'mark', 'lang', 'date-iso' }
local FRONT_WORDS = {
  html = { 'contents', 'theme-switch', 'skip-link', 'chart-fallback' },
  typst = { 'contents', 'page-of' },
}

-- A string for a style sheet: whatever is not a letter is written as its number.
local function css_string(text)
  return '"' .. text:gsub('[%z\1-\127]', function(char)
    return char:match '%w' and char or ('\\%x '):format(char:byte())
  end) .. '"'
end

local function raw(text) return pandoc.MetaInlines { pandoc.RawInline(target, text) } end

-- JSON with its keys in order: Lua's own order changes from run to run.
local function json_of(value)
  local kind = pandoc.utils.type(value)
  if kind == 'table' or kind == 'Meta' then
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys)
    return '{' .. table.concat(map(keys, function(key)
      return pandoc.json.encode(key) .. ':' .. json_of(value[key])
    end), ',') .. '}'
  elseif kind == 'List' then
    return '[' .. table.concat(map(value, json_of), ',') .. ']'
  end
  return pandoc.json.encode(stringify(value))
end

-- What the templates may use: `front` holds finished text of the output's own kind.
local function front_matter(meta)
  local front = {}
  for _, name in ipairs(FRONT) do
    local text = meta[name] and stringify(meta[name]) or ''
    if text ~= '' then front[name] = raw(writer.text(text)) end
  end
  for _, name in ipairs { 'title', 'lang', 'date-iso' } do
    if not front[name] then refuse('the front matter lacks %s', name) end
  end
  for _, name in ipairs(FRONT_WORDS[target]) do front[name] = raw(writer.text(word(name))) end
  if target == 'html' and front.mark then
    front['mark-in-css'] = raw(css_string(stringify(meta.mark)))
  end
  local year, month, day = stringify(meta['date-iso']):match '^(%d%d%d%d)%-(%d%d)%-(%d%d)$'
  if not year then refuse 'date-iso in the front matter is not YYYY-MM-DD' end
  if target == 'typst' then
    front.date = raw(('datetime(year: %d, month: %d, day: %d)'):format(year, month, day))
  end
  return front
end

local function charts_payload(meta)
  return {
    locale = raw(script_json(json_of(meta['chart-locale'] or pandoc.MetaMap {}))),
    theme = raw(script_json(trimmed(optional_file 'figures/theme.json' or '{}'))),
    plotly = raw(trimmed(read_file('figures/plotly.js.gz.b64', 'a live chart'))),
  }
end

function Pandoc(whole)
  writer = ({ html = html, typst = typst, docx = docx })[target]
  read_words(whole.meta)
  local parts = read_blocks(whole.blocks)
  brief = is_brief(parts)
  local body = writer.document(parts, whole.meta)
  if target == 'docx' then
    whole.blocks = body
    whole.meta = { lang = whole.meta.lang, title = whole.meta.title }
    return whole
  end
  whole.meta.front = front_matter(whole.meta)
  whole.meta.brief = brief
  if target == 'html' then
    whole.meta.contents = raw(html.contents(parts))
    if html.figures > 0 then whole.meta.charts = charts_payload(whole.meta) end
  end
  whole.blocks = { pandoc.RawBlock(target, body) }
  return whole
end
