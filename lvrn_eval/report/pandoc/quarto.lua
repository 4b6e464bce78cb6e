-- What Quarto's Markdown means and pandoc does not know: callouts, conditional content, numbered captions, tabs,
-- references. Runs after cells.lua. The environment says for which format the document is read and for whom: LVRN_TO and
-- LVRN_AUDIENCE.

local to, audience = os.getenv 'LVRN_TO', os.getenv 'LVRN_AUDIENCE'
local html = to == 'html'
local stringify = pandoc.utils.stringify
local fault = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'told.lua' })

local NAMES = { fig = 'Figure', tbl = 'Table', eq = 'Equation', sec = 'Section' }
local CALLOUTS = { note = 'Note', tip = 'Tip', warning = 'Warning', caution = 'Caution', important = 'Important' }

local labels, counts = {}, { fig = 0, tbl = 0, eq = 0, tab = 0 }
local used = {}

local function kind_of(identifier)
  local kind = identifier:match '^(%a+)%-'
  return NAMES[kind] and kind or nil
end

-- ------------------------------------------------------------------ callouts and conditional content

local function titled(div, fallback)
  local first = div.content[1]
  if div.attributes.title then return pandoc.Inlines(div.attributes.title) end
  if first and first.t == 'Header' then
    div.content:remove(1)
    return first.content
  end
  return pandoc.Inlines(fallback)
end

local function callout(div, kind)
  local title = titled(div, CALLOUTS[kind])
  -- the kind is told in words as well as by colour
  if stringify(title) ~= CALLOUTS[kind] then
    title = pandoc.Inlines { pandoc.Span(CALLOUTS[kind], { class = 'callout-kind' }), pandoc.Space() } .. title
  end
  local heading = pandoc.Div(pandoc.Plain(title), { class = 'callout-title' })
  local body = pandoc.Div(div.content, { class = 'callout-body' })
  local id = div.identifier
  if not (html and div.attributes.collapse) then
    return pandoc.Div({ heading, body }, pandoc.Attr(id, { 'callout', 'callout-' .. kind }, html and { role = 'note' } or {}))
  end
  local open = div.attributes.collapse == 'true' and '' or ' open'
  return pandoc.Div({
    pandoc.RawBlock('html', '<details' .. open .. '><summary>'),
    pandoc.Plain(title),
    pandoc.RawBlock('html', '</summary>'), body, pandoc.RawBlock('html', '</details>'),
  }, pandoc.Attr(id, { 'callout', 'callout-' .. kind }))
end

local HERE = { [to] = 'format', [audience] = 'profile', pdf = to == 'typst' and 'format' or nil }

local function visible(div)
  local function named(attribute)
    for name in (div.attributes[attribute] or ''):gmatch '[%w-]+' do
      if HERE[name] == attribute:match '%a+$' then return true end
    end
    return false
  end
  local hit = true
  for _, kind in ipairs { 'format', 'profile' } do
    hit = hit and (div.attributes['when-' .. kind] == nil or named('when-' .. kind)) and not named('unless-' .. kind)
  end
  return hit == div.classes:includes 'content-visible'
end

local function conditional(element)
  if element.classes:includes 'content-visible' or element.classes:includes 'content-hidden' then
    return visible(element) and element.content or {}
  end
end

-- Before sections are numbered: a callout's title is written as a heading and is none.
local BOXES = {
  Span = conditional,
  Div = function(div)
    for _, class in ipairs(div.classes) do
      local kind = class:match '^callout%-(%a+)$'
      if kind and CALLOUTS[kind] then return callout(div, kind) end
    end
    if html and div.classes:includes 'banner' then
      div.attributes.role = 'note'
      return div
    end
    return conditional(div)
  end,
}

-- ------------------------------------------------------------------ numbers, captions, tabs

local function claim(identifier)
  if identifier == '' then return end
  if used[identifier] then fault(('the label %q is given more than once'):format(identifier), 'give each its own label') end
  used[identifier] = true
end

local function number(kind, identifier)
  claim(identifier)
  counts[kind] = counts[kind] + 1
  labels[identifier] = NAMES[kind] .. '\u{a0}' .. counts[kind]
  return pandoc.Span({ pandoc.Str(labels[identifier] .. '.') }, { class = 'caption-number' })
end

local function captioned(label, inlines)
  return pandoc.Inlines { label, pandoc.Space() } .. inlines
end

local function numbered_figure(figure)
  local identifier = figure.identifier
  figure.content:walk {
    Image = function(image)
      if not kind_of(identifier) then identifier = image.identifier end
    end,
  }
  if kind_of(identifier) ~= 'fig' then
    claim(figure.identifier)
    return figure, false
  end
  figure.identifier = identifier
  figure.content = figure.content:walk {
    Image = function(image)
      image.identifier = ''
      return image
    end,
  }
  local caption = pandoc.utils.blocks_to_inlines(figure.caption.long)
  figure.caption = { long = { pandoc.Plain(captioned(number('fig', identifier), caption)) } }
  return figure, false
end

local function numbered_table(tbl)
  if kind_of(tbl.identifier) == 'tbl' then
    local caption = pandoc.utils.blocks_to_inlines(tbl.caption.long)
    tbl.caption = { long = { pandoc.Plain(captioned(number('tbl', tbl.identifier), caption)) } }
  else
    claim(tbl.identifier)
  end
  return tbl, false
end

-- A block with a fig- or tbl- label: its last paragraph is the caption.
local function float(div, kind)
  local caption = pandoc.Inlines {}
  local last = div.content[#div.content]
  if last and last.t == 'Para' and #div.content > 1 then
    caption = last.content
    div.content:remove()
  end
  if kind == 'fig' then
    local content = div.content:map(function(block)
      return block.t == 'Figure' and pandoc.Plain(pandoc.utils.blocks_to_inlines(block.content)) or block
    end)
    local long = { pandoc.Plain(captioned(number('fig', div.identifier), caption)) }
    return pandoc.Figure(content, { long = long }, { id = div.identifier })
  end
  local found = false
  local content = div.content:walk {
    traverse = 'topdown',
    Table = function(tbl)
      if found then return tbl, false end
      found = true
      tbl.identifier = div.identifier
      if #caption > 0 then tbl.caption = { long = { pandoc.Plain(caption) } } end
      return numbered_table(tbl)
    end,
  }
  if not found then fault(('%q holds no table'):format(div.identifier), 'put a table in it, or change its label') end
  return content
end

local function numbered_equations(block)
  for at, inline in ipairs(block.content) do
    local identifier = inline.t == 'Str' and inline.text:match '^{#(eq%-[%w_-]+)}$'
    local before = block.content[at - 1]
    if identifier and before then
      local first = before.t == 'Space' and at - 2 or at - 1
      local mathematics = block.content[first]
      if mathematics and mathematics.t == 'Math' then
        number('eq', identifier)
        for _ = first, at do block.content:remove(first) end
        local mark = pandoc.Span({ pandoc.Str('(' .. counts.eq .. ')') }, { class = 'equation-number' })
        block.content:insert(first, pandoc.Span({ mathematics, mark }, pandoc.Attr(identifier, { 'equation' })))
        return numbered_equations(block)
      end
    end
  end
  return block
end

local heads = { 0, 0, 0, 0, 0, 0 }
local level_above = 1

-- A heading that a cell shows: the reader of cells makes no identifiers, and the source's lint has not seen it.
local function heading_of_cell(header)
  local where = header.attributes['lvrn-where']
  header.attributes['lvrn-where'] = nil
  if header.level == 1 or header.level > level_above + 1 then
    fault(('this cell shows a heading of level %d below one of level %d'):format(header.level, level_above),
      'headings go down one level at a time, from level 2', where)
  end
  if header.identifier ~= '' then return end
  local words = stringify(header.content):lower():gsub('[^%w]+', '-'):gsub('^%A+', ''):gsub('%-$', '')
  local slug, n = words ~= '' and words or 'section', 1
  header.identifier = slug
  while used[header.identifier] do
    n = n + 1
    header.identifier = slug .. '-' .. n
  end
end

local function section(header, number_sections)
  if header.attributes['lvrn-where'] then heading_of_cell(header) end
  level_above = header.level
  claim(header.identifier)
  labels[header.identifier] = stringify(header.content)
  if number_sections and not header.classes:includes 'unnumbered' then
    heads[header.level] = heads[header.level] + 1
    for level = header.level + 1, 6 do heads[level] = 0 end
    -- the title is level 1: sections begin at level 2
    local text = table.concat(heads, '.', 2, math.max(2, header.level))
    labels[header.identifier] = NAMES.sec .. '\u{a0}' .. text
    header.content:insert(1, pandoc.Span({ pandoc.Str(text) }, { class = 'header-section-number' }))
    header.content:insert(2, pandoc.Space())
  end
  return header
end

local function tabset(div)
  local panels, level = {}, nil
  for _, block in ipairs(div.content) do
    if block.t == 'Header' and (level == nil or block.level == level) then
      level = block.level
      panels[#panels + 1] = { title = block.content, content = pandoc.Blocks {} }
    elseif #panels > 0 then
      panels[#panels].content:insert(block)
    end
  end
  counts.tab = counts.tab + 1
  local set = pandoc.Blocks {}
  for n, panel in ipairs(panels) do
    local id = ('tabs-%d-%d'):format(counts.tab, n)
    if html then
      local input = '<input type="radio" name="tabs-%d" id="%s"%s><label for="%s">'
      set:insert(pandoc.RawBlock('html', input:format(counts.tab, id, n == 1 and ' checked' or '', id)))
      set:insert(pandoc.Plain(panel.title))
      set:insert(pandoc.RawBlock('html', '</label>'))
    end
    panel.content:insert(1, pandoc.Div(pandoc.Plain { pandoc.Strong(panel.title) }, { class = 'tab-title' }))
    set:insert(pandoc.Div(panel.content, { class = 'tab-panel' }))
  end
  if html then
    set:insert(1, pandoc.RawBlock('html', '<fieldset class="tabset"><legend>Choose what to show</legend>'))
    set:insert(pandoc.RawBlock('html', '</fieldset>'))
  end
  return set
end

-- In the order of the page, from the outside in: numbers follow it.
local function numbering(number_sections)
  return {
    traverse = 'topdown',
    Header = function(header) return section(header, number_sections) end,
    Figure = numbered_figure,
    Table = numbered_table,
    Para = numbered_equations,
    Div = function(div)
      if div.classes:includes 'panel-tabset' then return tabset(div) end
      local kind = kind_of(div.identifier)
      if kind == 'fig' or kind == 'tbl' then return float(div, kind), false end
      claim(div.identifier)
    end,
  }
end

-- ------------------------------------------------------------------ references

local function reference(cite, where, bibliography)
  local links = pandoc.Inlines {}
  for n, citation in ipairs(cite.citations) do
    if not kind_of(citation.id) then
      if not bibliography then
        fault(('@%s is no reference, and the report has no bibliography'):format(citation.id),
          'write \\@ where an at sign is meant', where, citation.id)
      end
      return nil
    end
    local label = labels[citation.id]
    if not label then fault('', '', where, citation.id) end
    if #citation.prefix > 0 or #citation.suffix > 0 then
      fault(('words beside @%s inside its brackets'):format(citation.id), 'write them outside', where, citation.id)
    end
    -- -@fig-x is the number alone
    local text = label or citation.id
    if citation.mode == 'SuppressAuthor' then text = text:gsub('^%a+\u{a0}', '') end
    if n > 1 then links:extend { pandoc.Str ',', pandoc.Space() } end
    links:insert(pandoc.Link(text, '#' .. citation.id, '', { class = 'cross-reference' }))
  end
  return links
end

local function references(bibliography)
  return {
    traverse = 'topdown',
    Span = function(span)
      if not span.classes:includes 'lvrn-cite' then return nil end
      return reference(span.content[1], span.attributes.where, bibliography) or span.content, false
    end,
    Cite = function(cite) return reference(cite, nil, bibliography) end,
  }
end

function Pandoc(doc)
  doc.blocks = doc.blocks:walk(BOXES)
  doc.blocks = doc.blocks:walk(numbering(doc.meta['number-sections']))
  doc.blocks = doc.blocks:walk(references(doc.meta.bibliography ~= nil))
  return doc
end
