-- Write down what is wrong with a document, a line of JSON per fault, in the file that LVRN_FAULTS names. A fault never
-- stops a filter, so that all are told at once.
return function(what, fix, where, label)
  local file = assert(io.open(os.getenv 'LVRN_FAULTS', 'ab'))
  file:write(pandoc.json.encode { what = what, fix = fix, where = where or '', label = label or '' }, '\n')
  file:close()
end
