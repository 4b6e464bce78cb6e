-- Write a numbered document as typst: every word as a string, so that nothing in it can be taken for typst's markup.

local stringify = pandoc.utils.stringify

-- a run without a blank may break at every so many characters once it is longer than the narrowest column
local LONGEST_WORD, EVERY, BREAK = 28, 8, '\u{200b}'

local function quoted(text)
  return '"' .. text:gsub('[\\"]', '\\%0'):gsub('\r?\n', '\\n'):gsub('\t', '\\t') .. '"'
end

local function breakable(text)
  return (text:gsub('%S+', function(word)
    if (utf8.len(word) or #word) <= LONGEST_WORD then return word end
    local at = 0
    return (word:gsub(utf8.charpattern, function(character)
      at = at + 1
      return at % EVERY == 0 and character .. BREAK or nil
    end))
  end))
end

local function inline(code) return pandoc.RawInline('typst', code) end
local function block(code) return pandoc.RawBlock('typst', code) end
local function words(text) return inline('#' .. quoted(breakable(text)) .. ';') end

local function wrapped(before, content, after)
  return pandoc.Blocks { block(before) } .. content .. { block(after) }
end

local function picture(image)
  local width = image.attributes.width
  local told = width and width:match '^[%d.]+%%$' and ', width: ' .. width or ''
  return inline(('#picture(%s, alt: %s%s);'):format(quoted(image.src), quoted(image.attributes.alt or ''), told))
end

local function math_of(element)
  local plain = pandoc.write(pandoc.Pandoc { pandoc.Plain { element } }, 'typst'):gsub('%s+$', '')
  local display = element.mathtype == 'DisplayMath'
  local body = plain:gsub('^%$%s*', '$ '):gsub('%s*%$$', ' $')
  return inline(('#math.equation(block: %s, alt: %s, %s);'):format(display, quoted(element.text), body))
end

local ALIGN = { AlignRight = 'right', AlignCenter = 'center', AlignLeft = 'left', AlignDefault = 'left' }

-- What every word was made into must not be made again: a cell's blocks are walked on their own, then written.
local WORDS

local function markup(blocks)
  local document = pandoc.Pandoc(pandoc.Blocks(blocks):walk(WORDS))
  return (pandoc.write(document, 'typst'):gsub('%s+$', ''))
end

local function cells(row, specs, heading)
  local list = {}
  for n, cell in ipairs(row.cells) do
    local align = (cell.alignment ~= 'AlignDefault' and cell.alignment) or specs[n] and specs[n][1] or 'AlignLeft'
    local at = ALIGN[align] .. (heading and ' + bottom' or ' + top')
    local span = cell.col_span > 1 and (', colspan: %d'):format(cell.col_span) or ''
    list[#list + 1] = ('table.cell(align: %s%s)[%s]'):format(at, span, markup(cell.contents))
  end
  return table.concat(list, ', ')
end

-- a table no longer than this stays on one page
local WHOLE = 16

local function data_table(tbl, noted)
  local widths, rows, count = {}, {}, 0
  for n, spec in ipairs(tbl.colspecs) do widths[n] = ('%.2f%%'):format(100 * (spec[2] or 1 / #tbl.colspecs)) end
  for _, row in ipairs(tbl.head.rows) do rows[#rows + 1] = ('table.header(%s)'):format(cells(row, tbl.colspecs, true)) end
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.body) do rows[#rows + 1] = cells(row, tbl.colspecs) end
    count = count + #body.body
  end
  local caption = tbl.caption.long
  local seen = true
  pandoc.Blocks(caption):walk { Span = function(span) seen = seen and not span.classes:includes 'unseen' end }
  local code = ('#data-table(columns: (%s,), caption: %s, breakable: %s, noted: %s, scale: %s, %s)'):format(
    table.concat(widths, ', '), seen and '[' .. markup(caption) .. ']' or 'none', count > WHOLE, noted, tbl.attributes['lvrn-scale'] or '1',
    table.concat(rows, ',\n'))
  if tbl.identifier ~= '' then code = code .. ' <' .. tbl.identifier .. '>' end
  return block(code)
end

local QUOTES = { SingleQuote = { '\u{2018}', '\u{2019}' }, DoubleQuote = { '\u{201c}', '\u{201d}' } }

WORDS = {
  Str = function(str) return words(str.text) end,
  Code = function(code) return inline('#raw(' .. quoted(breakable(code.text)) .. ');') end,
  Math = math_of,
  Image = picture,
  Quoted = function(element)
    local marks = QUOTES[element.quotetype]
    return pandoc.Inlines { words(marks[1]) } .. element.content .. { words(marks[2]) }
  end,
  Span = function(span)
    if span.classes:includes 'caption-number' then return pandoc.Strong(span.content) end
    if span.classes:includes 'callout-kind' then
      return pandoc.Inlines { inline '#callout-kind[' } .. span.content .. { inline '];' }
    end
    if span.classes:includes 'equation-number' then
      return pandoc.Inlines { inline '#h(1fr);' } .. span.content
    end
  end,
  CodeBlock = function(code) return block('#raw(block: true, ' .. quoted(breakable(code.text)) .. ')') end,
  Div = function(div)
    for _, class in ipairs(div.classes) do
      local kind = class:match '^callout%-(%a+)$'
      if kind == 'title' then return wrapped('#callout-title[', div.content, ']') end
      if kind and kind ~= 'body' then return wrapped(('#callout(%s)['):format(quoted(kind)), div.content, ']') end
    end
    if div.classes:includes 'banner' then return wrapped('#banner[', div.content, ']') end
    if div.classes:includes 'table-note' then return wrapped('#table-note[', div.content, ']') end
    if div.classes:includes 'page-break' then return block '#pagebreak(weak: true)' end
    if div.identifier == '' then return div.content end
  end,
}

-- The line that explains a table's signs stays beside it.
local function tables(blocks)
  return blocks:map(function(block, at)
    if block.t ~= 'Table' then return block end
    local below = blocks[at + 1]
    return data_table(block, below ~= nil and below.t == 'Div' and below.classes:includes 'table-note')
  end)
end

-- Text of the front matter: what the template needs as a string or a number, and the rest as words.
local function front_matter(meta)
  local authors = pandoc.List(meta.author or {}):map(stringify):map(quoted)
  local plain = {
    ['author-names'] = '(' .. table.concat(authors, ', ') .. (#authors > 0 and ',' or '') .. ')',
    ['title-text'] = quoted(stringify(meta.title)),
    ['about-text'] = quoted(stringify(meta.description or meta.subtitle or '')),
    ['toc-depth'] = stringify(meta['toc-depth'] or '3'),
  }
  for name, value in pairs(meta) do
    local kind = pandoc.utils.type(value)
    if kind == 'Inlines' or kind == 'Blocks' then meta[name] = value:walk(WORDS) end
  end
  for name, text in pairs(plain) do meta[name] = inline(text) end
end

function Pandoc(doc)
  front_matter(doc.meta)
  doc.blocks = doc.blocks:walk { Blocks = tables }
  doc.blocks = doc.blocks:walk(WORDS)
  return doc
end
