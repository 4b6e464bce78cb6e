-- Write a numbered document for Word: captions Word can count, its own styles, a table of contents it can renew.

local stringify = pandoc.utils.stringify

local function escaped(text)
  return (text:gsub('[&<>"]', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;', ['"'] = '&quot;' }))
end

local function run(text, style)
  local properties = style and ('<w:rPr><w:rStyle w:val="%s"/></w:rPr>'):format(style) or ''
  return ('<w:r>%s<w:t xml:space="preserve">%s</w:t></w:r>'):format(properties, escaped(text))
end

local function styled(content, style) return pandoc.Div(content, pandoc.Attr('', {}, { ['custom-style'] = style })) end

-- 'Figure 3.' with the 3 a field: Word numbers it anew and lists it among the figures
local function caption_number(span)
  local name, number = stringify(span):match '^(%a+)\u{a0}(%d+)%.$'
  local field = '<w:fldSimple w:instr=" SEQ %s \\* ARABIC ">%s</w:fldSimple>'
  local style = 'CaptionNumber'
  return pandoc.RawInline('openxml',
    run(name .. '\u{a0}', style) .. field:format(name, run(number, style)) .. run('.', style))
end

local STYLES = {
  ['callout-note'] = 'Callout Note', ['callout-tip'] = 'Callout Tip', ['callout-warning'] = 'Callout Warning',
  ['callout-caution'] = 'Callout Caution', ['callout-important'] = 'Callout Important',
  banner = 'Banner', ['table-note'] = 'Table Note',
}
local PAGE_BREAK = pandoc.RawBlock('openxml', '<w:p><w:r><w:br w:type="page"/></w:r></w:p>')

-- Rows of a table no longer than this stay on one page: each keeps with the next.
local WHOLE = 16

local function in_cell(contents, style)
  -- pandoc gives a Plain in a table a style of its own
  local paragraphs = contents:map(function(block) return block.t == 'Plain' and pandoc.Para(block.content) or block end)
  return { styled(paragraphs, style) }
end

local function kept_together(tbl)
  local rows = pandoc.List {}
  for _, body in ipairs(tbl.bodies) do rows:extend(body.body) end
  for n, row in ipairs(rows) do
    local style = #rows <= WHOLE and n < #rows and 'Table Text Kept' or 'Table Text'
    for _, cell in ipairs(row.cells) do cell.contents = in_cell(cell.contents, style) end
  end
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do cell.contents = in_cell(cell.contents, 'Table Text Kept') end
  end
  return tbl
end

-- A table leaves no room below itself: what comes next must.
local function spaced(blocks)
  return blocks:map(function(block, at)
    local above = blocks[at - 1]
    return block.t == 'Para' and above and above.t == 'Table' and styled({ block }, 'After Table') or block
  end)
end

local FINISH = {
  Table = kept_together,
  Span = function(span)
    if span.classes:includes 'caption-number' then return caption_number(span) end
    if span.classes:includes 'unseen' then return {} end
    if span.classes:includes 'callout-kind' then span.attributes['custom-style'] = 'Callout Kind' end
    if span.classes:includes 'header-section-number' then span.attributes['custom-style'] = 'Section Number' end
    return span
  end,
  Image = function(image)
    -- Word's alternative text is what pandoc takes for the words of the image
    image.caption = pandoc.Inlines(image.attributes.alt or '')
    image.attributes.alt = nil
    return image
  end,
  Div = function(div)
    if div.attributes['custom-style'] then return div end
    if div.classes:includes 'page-break' then return PAGE_BREAK end
    for _, class in ipairs(div.classes) do
      if STYLES[class] then return styled(div.content, STYLES[class]) end
    end
    if div.classes:includes 'callout-title' then return pandoc.Para { pandoc.Strong(div.content[1].content) } end
    if div.classes:includes 'callout-body' or div.identifier == '' then return div.content end
  end,
}

local function entry(header)
  local link = '<w:hyperlink w:anchor="%s" w:history="1">%s</w:hyperlink>'
  local paragraph = '<w:p><w:pPr><w:pStyle w:val="TOC%d"/></w:pPr>%%s%s%%s</w:p>'
  return paragraph:format(header.level, link:format(header.identifier, run(stringify(header.content))):gsub('%%', '%%%%'))
end

-- The entries are there before Word is asked to renew them, without page numbers, which only Word can know.
local function contents(doc)
  local deepest = tonumber(stringify(doc.meta['toc-depth'] or '3'))
  local entries = {}
  for _, block in ipairs(doc.blocks) do
    if block.t == 'Header' and block.level <= deepest then entries[#entries + 1] = entry(block) end
  end
  local begin = ('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \\o "1-%d" \\n \\h \\z \\u </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'):format(deepest)
  local finish = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
  for n, text in ipairs(entries) do
    entries[n] = text:format(n == 1 and begin or '', n == #entries and finish or '')
  end
  local head = '<w:p><w:pPr><w:pStyle w:val="TOCHeading"/></w:pPr>' .. run(stringify(doc.meta['toc-title'])) .. '</w:p>'
  local sheet = '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj></w:sdtPr><w:sdtContent>%s</w:sdtContent></w:sdt>'
  return pandoc.RawBlock('openxml', (sheet:gsub('%%s', function() return head .. table.concat(entries) end)))
end

function Pandoc(doc)
  local front = pandoc.Blocks {}
  if doc.meta.contents then front = pandoc.Blocks { contents(doc) } end
  front:insert(PAGE_BREAK)
  doc.blocks = front .. doc.blocks:walk { Blocks = spaced }:walk(FINISH)
  doc.blocks:insert(styled({ pandoc.Para(pandoc.Inlines('Rendered by ' .. stringify(doc.meta.generator) .. '.')) }, 'Colophon'))
  return doc
end
