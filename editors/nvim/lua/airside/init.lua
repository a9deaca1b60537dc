-- What users call. Everything else in lua/airside/ may change.
local M = {}

---Settings; see |airside-settings|. Optional, and may be called again.
---@param opts table?
function M.setup(opts)
  require('airside.config').set(opts or {})
end

-- For expr mappings: the keys that do it, or nil when no suggestion is shown, so
-- that a mapping can go on with something else (`accept() or '<Tab>'`).
-- CTRL-G u on both sides makes what is accepted one step of undo.
local function keys(call)
  if require('airside.suggest').visible() then
    return '<C-g>u<Cmd>lua require("airside.suggest").' .. call .. '<CR><C-g>u'
  end
end

---@return string? keys that take the whole suggestion; without one, that go to the next
---edit, and there take it
function M.accept()
  local taken = keys('accept("all")')
  if not taken and require('airside.next').visible() then
    return '<C-g>u<Cmd>lua require("airside.next").go()<CR><C-g>u'
  end
  return taken
end

---@return string? keys that take its next word
function M.accept_word()
  return keys('accept("word")')
end

---@return string? keys that take the rest of its line
function M.accept_line()
  return keys('accept("line")')
end

---Shows the next candidate; the first time the server is asked for some. Without
---a suggestion, asks for one.
---@return string keys
function M.next()
  return '<Cmd>lua require("airside.suggest").cycle(1)<CR>'
end

---@return string? keys that show the previous candidate
function M.prev()
  if require('airside.suggest').visible() then
    return '<Cmd>lua require("airside.suggest").cycle(-1)<CR>'
  end
end

---@return string? keys that hide the suggestion until the text changes; nil where
---none is shown, and then none comes
function M.dismiss()
  local suggest = require('airside.suggest')
  if suggest.visible() then
    return '<Cmd>lua require("airside.suggest").dismiss()<CR>'
  end
  suggest.dismiss()
end

---@return boolean whether ghost text is on the screen
function M.visible()
  return require('airside.suggest').visible()
end

---For a statusline: the model that answers and how the branch stands, "" where
---airside is not at work. Drawn again by itself when it changes.
---@return string
function M.status()
  return require('airside.status').line()
end

return M
