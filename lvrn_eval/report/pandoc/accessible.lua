-- What lets everybody read a document: words for every picture and table, heads of rows and columns, headings in order,
-- regions the keyboard can reach; and what folds. Runs after quarto.lua, when everything has its number.

local stringify = pandoc.utils.stringify
local folder = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local fault = dofile(pandoc.path.join { folder, 'told.lua' })
local column_widths = dofile(pandoc.path.join { folder, 'widths.lua' })
local html = os.getenv 'LVRN_TO' == 'html'

local heading_above

-- A caption for every table: the heading above it says to the eye what it is, and must say so to a screen reader too.
local function caption_of(tbl)
  local caption = pandoc.utils.blocks_to_inlines(tbl.caption.long)
  if #caption > 0 then return caption, 'caption-text' end
  if not heading_above then
    fault('a table has neither a caption nor a heading above it', 'write a line `: caption` below it')
  end
  return pandoc.Inlines(heading_above or ''), 'unseen'
end

local regions = {}

-- What is too wide for a screen scrolls inside its own region, which the keyboard can reach; no two are called the same.
local function region(content, class, words)
  regions[words] = (regions[words] or 0) + 1
  if regions[words] > 1 then words = words .. ' (' .. regions[words] .. ')' end
  -- pairs in a list: the order of a Lua table's keys differs from run to run
  local attributes = { { 'role', 'region' }, { 'tabindex', '0' }, { 'aria-label', words } }
  return pandoc.Div(content, pandoc.Attr('', { class }, attributes))
end

-- heads of rows up to this stay on one line, characters
local LONGEST_HEAD = 20

local function accessible_table(tbl)
  local caption, class = caption_of(tbl)
  tbl.caption = { long = { pandoc.Plain { pandoc.Span(caption, { class = class }) } } }
  if not html then
    column_widths(tbl)
    return tbl, false
  end
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do cell.attributes.scope = #cell.contents > 0 and 'col' or nil end
  end
  local longest = 0
  for _, body in ipairs(tbl.bodies) do
    if #tbl.colspecs > 1 then body.row_head_columns = 1 end
    for _, row in ipairs(body.body) do
      if #tbl.colspecs > 1 and #row.cells == #tbl.colspecs then row.cells[1].attributes.scope = 'row' end
      longest = math.max(longest, utf8.len(stringify(row.cells[1].contents)) or 0)
    end
  end
  if longest > LONGEST_HEAD then tbl.classes:insert 'wordy' end
  -- widths come from how the source happens to be laid out
  for n, spec in ipairs(tbl.colspecs) do tbl.colspecs[n] = { spec[1], nil } end
  return region({ tbl }, 'table-region', stringify(caption)), false
end

local function accessible_figure(figure)
  local words = stringify(figure.caption.long)
  if html and words ~= '' then figure.content = { region(figure.content, 'figure-region', words) } end
  return figure
end

-- Quarto writes a picture's alternative text as fig-alt.
local function alternative(image)
  image.attributes.alt = image.attributes['fig-alt'] or image.attributes.alt
  image.attributes['fig-alt'] = nil
  return image
end

local pages = {}
for name in (os.getenv 'LVRN_PAGES' or ''):gmatch '%S+' do pages[name] = true end

-- A page of the site is one on the web; in print, or where it is not made, its name must do.
local function link(element)
  local page, place = element.target:match '^([^/:#]+)%.qmd(#?.*)$'
  if not page then return nil end
  if not html or not pages[page] then return element.content end
  element.target = page .. '.html' .. place
  return element
end

local FINISH = {
  traverse = 'topdown',
  Link = link,
  Header = function(header)
    local words = header.content:filter(function(inline)
      return not (inline.t == 'Span' and inline.classes:includes 'header-section-number')
    end)
    heading_above = stringify(words):match '^%s*(.-)%s*$'
    -- on paper the title is no heading: its sections are the first level
    if not html then header.level = header.level - 1 end
    return header
  end,
  Table = accessible_table,
  Figure = accessible_figure,
  Image = function(image)
    alternative(image)
    image.attributes.alt = image.attributes.alt or stringify(image.caption)
    if not image.attributes.alt:match '%S' then
      fault('an image has no alternative text', 'add {fig-alt="…"} after it')
    end
    return image
  end,
  Div = function(div)
    if html and div.classes:includes 'code-fold' then
      local summary = pandoc.write(pandoc.Pandoc { pandoc.Plain(pandoc.Inlines(div.attributes.summary)) }, 'html')
      local open = pandoc.RawBlock('html', '<details class="code-fold"><summary>' .. summary .. '</summary>')
      return pandoc.Blocks { open } .. div.content .. { pandoc.RawBlock('html', '</details>') }
    end
  end,
}

function Pandoc(doc)
  doc.blocks = doc.blocks:walk(FINISH)
  return doc
end
