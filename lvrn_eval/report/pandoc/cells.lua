-- Fill the numbered places of a report with what its cells show, as text that can do no harm.
--
-- The environment variable LVRN_OUTPUTS names the file that says what stands at each place.

local stringify = pandoc.utils.stringify
local fault = dofile(pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'told.lua' })

local PLACE = 'lvrn-output'
local NUMBERED = { fig = true, tbl = true, eq = true, sec = true }

-- What a cell shows may hold anything, even what somebody typed into a form years ago. It is read without raw HTML,
-- raw LaTeX, mathematics and notes, so that none of these can be made by a value.
local CELL_FORMAT = 'markdown-smart-raw_html-raw_attribute-raw_tex-native_divs-native_spans-markdown_in_html_blocks'
  .. '-tex_math_dollars-latex_macros-yaml_metadata_block-pandoc_title_block-footnotes-inline_notes-example_lists'
  .. '-implicit_header_references-auto_identifiers'

local outputs

local function kind_of(identifier)
  local kind = identifier:match '^(%a+)%-'
  return NUMBERED[kind] and kind or nil
end

local SIZES = { width = true, height = true }
local KEPT = { alt = true, ['fig-alt'] = true, title = true, collapse = true }

-- a value must not fill a place, hide what follows it, or count as one of the filter's own marks
local REFUSED = { [PLACE] = true, ['lvrn-cite'] = true, ['content-hidden'] = true, ['content-visible'] = true }

local function safe_attr(attr)
  local classes, attributes = {}, {}
  for _, class in ipairs(attr.classes) do
    if class:match '^%a[%w_-]*$' and not REFUSED[class] then classes[#classes + 1] = class end
  end
  for name, value in pairs(attr.attributes) do
    if KEPT[name] or (SIZES[name] and value:match '^[%d.]+%a*%%?$') then attributes[#attributes + 1] = { name, value } end
  end
  return pandoc.Attr(attr.identifier:match '^%a[%w_.:-]*$' or '', classes, attributes)
end

local function with_safe_attr(element)
  element.attr = safe_attr(element.attr)
  return element
end

local function clear_cells(tbl)
  local function clear(rows)
    for _, row in ipairs(rows) do
      row.attr = pandoc.Attr()
      for _, cell in ipairs(row.cells) do cell.attr = pandoc.Attr() end
    end
  end
  clear(tbl.head.rows)
  for _, body in ipairs(tbl.bodies) do
    clear(body.head)
    clear(body.body)
  end
  clear(tbl.foot.rows)
end

local SAFE_INLINE = {
  Span = with_safe_attr, Code = with_safe_attr,
  RawInline = function(raw) return pandoc.Str(raw.text) end,
  Image = function(image)
    if image.src:match '^data:image/svg%+xml;base64,' or image.src:match '^data:image/%a+;base64,' then
      return with_safe_attr(image)
    end
    -- a path or an address would be fetched into the page: it stays words
    return pandoc.Str('![' .. stringify(image.caption) .. '](' .. image.src .. ')')
  end,
  Link = function(link)
    local target = link.target
    if target:match '^https?://' or target:match '^mailto:' or target:match '^#' then return with_safe_attr(link) end
    return pandoc.Span(link.content)
  end,
  Cite = function(cite)
    for _, citation in ipairs(cite.citations) do
      if not kind_of(citation.id) then return cite.content end
    end
  end,
}

local SAFE_BLOCK = {
  Div = with_safe_attr, Header = with_safe_attr, CodeBlock = with_safe_attr,
  RawBlock = function(raw) return pandoc.CodeBlock(raw.text) end,
  Figure = function(figure)
    local picture = false
    figure.content:walk { Image = function() picture = true end }
    return picture and with_safe_attr(figure) or pandoc.Para(pandoc.utils.blocks_to_inlines(figure.content))
  end,
  Table = function(tbl)
    tbl.attr = safe_attr(tbl.attr)
    tbl.head.attr, tbl.foot.attr = pandoc.Attr(), pandoc.Attr()
    for _, body in ipairs(tbl.bodies) do body.attr = pandoc.Attr() end
    clear_cells(tbl)
    return tbl
  end,
}

local function safe(blocks, where)
  blocks = blocks:walk(SAFE_INLINE):walk(SAFE_BLOCK)
  -- faults in this text are told at the cell that shows it
  return blocks:walk {
    Cite = function(cite) return pandoc.Span({ cite }, pandoc.Attr('', { 'lvrn-cite' }, { where = where })) end,
    Header = function(header)
      header.attributes['lvrn-where'] = where
      return header
    end,
  }
end

local function tables_in(text)
  local found = pandoc.Blocks {}
  pandoc.read(text, 'html-raw_html-native_divs-native_spans-tex_math_dollars').blocks:walk {
    traverse = 'topdown',
    Table = function(tbl)
      tbl.attr = pandoc.Attr()
      -- a picture in a data frame has no place in a report
      found:insert(tbl:walk { Image = function(image) return image.caption end })
      return tbl, false
    end,
  }
  return found
end

local function item_blocks(item, output)
  if item.kind == 'markdown' then return safe(pandoc.read(item.text, CELL_FORMAT).blocks, output.where) end
  if item.kind == 'table' then return safe(tables_in(item.text), output.where) end
  if item.kind == 'image' then
    return pandoc.Blocks { pandoc.Para { pandoc.Image({}, item.text, '', { alt = output.alt }) } }
  end
  return pandoc.Blocks { pandoc.CodeBlock(item.text, { class = item.class }) }
end

local function defines(blocks, label)
  local found = false
  local function look(element) found = found or element.identifier == label end
  blocks:walk { Div = look, Table = look, Image = look, Figure = look, Span = look }
  return found
end

local function cell_blocks(output)
  local blocks = pandoc.Blocks {}
  for _, item in ipairs(output.items) do blocks:extend(item_blocks(item, output)) end
  local kind = kind_of(output.cell)
  if (kind == 'fig' or kind == 'tbl') and not defines(blocks, output.cell) then
    if not output.caption then
      fault(('cell %s has no caption'):format(output.cell), ('say it in a line `#| %s-cap: …`'):format(kind), output.where)
    end
    blocks:insert(pandoc.Para(pandoc.utils.blocks_to_inlines(pandoc.read(output.caption or '', 'markdown').blocks)))
    return pandoc.Blocks { pandoc.Div(blocks, { id = output.cell }) }
  elseif output.caption then
    fault(('cell %s has two captions: its own option, and one in what it shows'):format(output.cell),
      'remove the option', output.where)
  end
  return blocks
end

local function inline_content(output)
  local content = pandoc.Inlines {}
  for _, item in ipairs(output.items) do
    if item.kind == 'text' then
      content:extend(pandoc.Inlines(item.text))
    else
      local blocks = safe(pandoc.read(item.text, CELL_FORMAT).blocks, output.where)
      if #blocks ~= 1 or not (blocks[1].t == 'Para' or blocks[1].t == 'Plain') then
        fault('this expression gives more than one line of Markdown', 'show it from a cell', output.where)
      end
      content:extend(pandoc.utils.blocks_to_inlines(blocks))
    end
  end
  return content
end

local FILL = {
  CodeBlock = function(block)
    if block.classes:includes(PLACE) then return cell_blocks(outputs[tonumber(block.text)]) end
  end,
  Code = function(code)
    if code.classes:includes(PLACE) then return inline_content(outputs[tonumber(code.text)]) end
  end,
}

function Pandoc(doc)
  local file = assert(io.open(os.getenv 'LVRN_OUTPUTS', 'rb'))
  outputs = pandoc.json.decode(file:read 'a', false)
  file:close()
  doc.blocks = doc.blocks:walk(FILL)
  return doc
end
