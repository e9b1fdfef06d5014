--- White space around a text, in time that grows with its length only: a pattern
--- such as "^%s*(.-)%s*$" tries every run of spaces from every place, and who
--- sends 16 KiB of them would hold a worker for a second, or an hour.

---@param text string
---@return string
return function(text)
  local from = text:match("^%s*()")
  return text:match("^.*%S", from) or ""
end
