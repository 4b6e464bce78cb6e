-- How wide the columns of a printed table are, in characters of a line. Numbers stay on one line, words may break. What
-- is left of the line stays white, so that the eye need not travel far; a line too long takes from the words.

local stringify = pandoc.utils.stringify

local LINE, PADDING = 104, 3
local FEWEST, NARROWEST, MOST = 4, 16, 64
-- how much wider than a usual character one of a heading and one of code are
local HEAVY, WIDE = 1.15, 1.3
-- over how many lines a heading breaks when there is room, and how small type may become when there is none
local LINES, SMALLEST = 3, 0.6

local function characters(text) return utf8.len(text) or #text end

local function longest_word(text)
  local longest = 0
  for word in text:gmatch '%S+' do longest = math.max(longest, characters(word)) end
  return longest
end

local function has_code(cell)
  local found = false
  cell.contents:walk { Code = function() found = true end }
  return found
end

local function longest_in(rows, columns, measure)
  local longest = {}
  for n = 1, columns do longest[n] = 0 end
  for _, row in ipairs(rows) do
    for n, cell in ipairs(row.cells) do
      if n <= columns and cell.col_span == 1 then
        longest[n] = math.max(longest[n], measure(stringify(cell.contents), cell))
      end
    end
  end
  return longest
end

local function sum(list)
  local total = 0
  for _, value in ipairs(list) do total = total + value end
  return total
end

-- Let columns with a long heading have what the line has left, each by what it lacks.
local function give(wide, heads)
  local lacking = {}
  for n in ipairs(wide) do lacking[n] = math.max(heads[n] * HEAVY / LINES + PADDING - wide[n], 0) end
  local left, lacked = LINE - sum(wide), sum(lacking)
  for n in ipairs(wide) do
    if lacked > 0 then wide[n] = wide[n] + lacking[n] * math.min(left / lacked, 1) end
  end
end

local function take(wide, is_words)
  local over, words = sum(wide) - LINE, 0
  for n in ipairs(wide) do words = words + (is_words[n] and wide[n] or 0) end
  for n in ipairs(wide) do
    if is_words[n] then wide[n] = math.max(wide[n] * (1 - over / words), math.min(wide[n], NARROWEST)) end
  end
end

-- Set the widths of a table's columns, as shares of the line; one that is still too long asks for smaller type.
return function(tbl)
  local columns, rows = #tbl.colspecs, pandoc.List {}
  for _, body in ipairs(tbl.bodies) do rows:extend(body.body) end
  local heads = longest_in(tbl.head.rows, columns, characters)
  local head_words = longest_in(tbl.head.rows, columns, longest_word)
  local cells = longest_in(rows, columns, function(text, cell)
    return math.min(characters(text) * (has_code(cell) and WIDE or 1), MOST)
  end)
  local wide, is_words = {}, {}
  for n, spec in ipairs(tbl.colspecs) do
    is_words[n] = spec[1] ~= 'AlignRight'
    wide[n] = math.max(cells[n], head_words[n] * HEAVY, is_words[n] and NARROWEST or FEWEST) + PADDING
  end
  if sum(wide) > LINE then take(wide, is_words) else give(wide, heads) end
  local line = math.max(sum(wide), LINE)
  for n, spec in ipairs(tbl.colspecs) do tbl.colspecs[n] = { spec[1], wide[n] / line } end
  if line > LINE then tbl.attributes['lvrn-scale'] = ('%.2f'):format(math.max(LINE / line, SMALLEST)) end
end
