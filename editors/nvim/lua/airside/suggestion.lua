-- One suggestion against the text as it is now. No screen, no server.
local compat = require('airside.compat')

local M = {}
local api = vim.api

---@class airside.Suggestion
---@field item table as the server sent it
---@field text string what stands from (row, start) on once accepted; lines end in \n
---@field row integer from 0
---@field start integer in bytes
---@field before string the line up to start
---@field typed string from start to the cursor, when asked
---@field over string what goes, from the cursor on
---@field after string the rest of the line
---@field lines integer the buffer had
---@field rewrites boolean text does not begin with what was typed
---@field told boolean? it was shown
---@field untold vim.lsp.Client? the server that does not know that yet

-- plain is insertText as the buffer would hold it: Neovim keeps line ends apart.
local function plain(text, buf)
  local format = vim.bo[buf].fileformat
  if format == 'dos' then
    return (text:gsub('\r\n', '\n'))
  elseif format == 'mac' then
    return (text:gsub('\r', '\n'))
  end
  return text
end

---@param at airside.Place
---@return airside.Suggestion? nil if it does not belong here
function M.new(at, item, encoding)
  local text = item.insertText
  if type(text) == 'table' then
    text = text.value
  end
  local line = api.nvim_buf_get_lines(at.buf, at.row, at.row + 1, false)[1]
  if type(text) ~= 'string' or not line then
    return nil
  end
  local start, stop = at.col, at.col
  if item.range then
    if item.range.start.line ~= at.row or item.range['end'].line ~= at.row then
      return nil
    end
    start = compat.bytes(line, item.range.start.character, encoding)
    stop = compat.bytes(line, item.range['end'].character, encoding)
  end
  if start > at.col or stop < at.col then
    return nil
  end
  text = plain(text, at.buf)
  local typed = line:sub(start + 1, at.col)
  return {
    item = item,
    text = text,
    row = at.row,
    start = start,
    before = line:sub(1, start),
    typed = typed,
    over = line:sub(at.col + 1, stop),
    after = line:sub(stop + 1),
    lines = api.nvim_buf_line_count(at.buf),
    rewrites = text:sub(1, #typed) ~= typed,
  }
end

-- rest is what of the text is not yet there, nil if the buffer has become
-- another around it or nothing is left to come.
---@param s airside.Suggestion
---@return string?
function M.rest(s, buf, row, col)
  if row < s.row or api.nvim_buf_line_count(buf) ~= s.lines + row - s.row then
    return nil
  end
  local line = api.nvim_buf_get_lines(buf, row, row + 1, false)[1]
  if line:sub(col + 1) ~= s.over .. s.after then
    return nil
  end
  local first = row == s.row and line or api.nvim_buf_get_lines(buf, s.row, s.row + 1, false)[1]
  if first:sub(1, s.start) ~= s.before or row == s.row and col < s.start then
    return nil
  end
  local typed = table.concat(api.nvim_buf_get_text(buf, s.row, s.start, row, col, {}), '\n')
  if s.rewrites then
    return typed == s.typed and s.text or nil
  end
  if s.text:sub(1, #typed) ~= typed then
    return nil
  end
  local rest = s.text:sub(#typed + 1)
  return rest ~= '' and (rest ~= s.over or nil) and rest or nil
end

---@return airside.Drawing?
function M.drawing(s, buf, row, col)
  local rest = M.rest(s, buf, row, col)
  if not rest then
    return nil
  end
  if s.rewrites then
    return { row = row, col = s.start, text = rest, over = s.typed .. s.over, after = s.after }
  end
  return { row = row, col = col, text = rest, over = s.over, after = s.after }
end

-- piece is the part of rest that one key takes. A line end goes with what is
-- behind it: alone it would only move the cursor to an empty line.
local function piece(rest, how)
  if how == 'word' then
    local word = vim.fn.matchstr(rest, [[^\_s*\%(\k\+\|\%(\k\@!\S\)\+\)]])
    return word ~= '' and word or rest
  elseif how == 'line' then
    return rest:match('^\n*[^\n]*')
  end
  return rest
end
M.piece = piece

-- put inserts lines at the cursor as a paste does, the only way to the redo
-- buffer, so that "." repeats them. Whoever has made vim.paste his own is not
-- asked: nothing is pasted.
local function put(text)
  local paste = vim.paste
  vim.paste = function(lines)
    api.nvim_put(lines, 'c', false, true)
    return true
  end
  local ok, err = pcall(api.nvim_paste, text, false, -1)
  vim.paste = paste
  if not ok then
    error(err, 0)
  end
end

---Puts a part of the suggestion into the buffer, at the cursor.
---@param s airside.Suggestion
---@param at airside.Place
---@return integer? taken UTF-16 units of insertText that are in the buffer now, nil if it does not fit
---@return boolean? whole
function M.insert(s, at, how)
  local rest = M.rest(s, at.buf, at.row, at.col)
  if not rest then
    return nil
  end
  local text = s.rewrites and rest or piece(rest, how)
  local whole = #text == #rest
  local from = s.rewrites and s.start or at.col
  local to = whole and at.col + #s.over or at.col
  if to > from then
    api.nvim_buf_set_text(at.buf, at.row, from, at.row, to, {})
    api.nvim_win_set_cursor(0, { at.row + 1, from })
  end
  put(text)
  local done = s.text:sub(1, #s.text - #rest + #text)
  local raw = type(s.item.insertText) == 'table' and s.item.insertText.value or s.item.insertText
  local taken = compat.units(done, #done, 'utf-16')
  if #raw ~= #s.text then -- line ends of two characters
    taken = taken + select(2, done:gsub('\n', ''))
  end
  return taken, whole
end

return M
