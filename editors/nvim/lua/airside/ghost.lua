-- Draws a suggestion that is not in the buffer.
local M = {}
local api = vim.api

local namespace = api.nvim_create_namespace('airside.ghost')

-- Links that a colour scheme or a user overrules by setting the groups.
local function highlights()
  local hint = vim.fn.hlexists('ComplHint') == 1 and 'ComplHint' or 'NonText'
  api.nvim_set_hl(0, 'AirsideGhost', { link = hint, default = true })
  api.nvim_set_hl(0, 'AirsideGhostMore', { link = 'MoreMsg', default = true })
end
highlights()
api.nvim_create_autocmd('ColorScheme', { group = api.nvim_create_augroup('airside.ghost', {}), callback = highlights })

local width = vim.fn.strdisplaywidth

-- printable is text as it would look from a display column on: tabs as spaces,
-- as virtual text has none.
local function printable(text, column, tabstop)
  text = text:gsub('\r', '')
  if not text:find('\t', 1, true) then
    return text
  end
  local out = {}
  for part, tab in text:gmatch('([^\t]*)(\t?)') do
    out[#out + 1] = part
    column = column + width(part)
    if tab ~= '' then
      local spaces = tabstop - column % tabstop
      out[#out + 1] = (' '):rep(spaces)
      column = column + spaces
    end
  end
  return table.concat(out)
end

-- inserts tells how `text` is had by inserting pieces into `old`: {at, piece}
-- with at in bytes of old. nil if something of old has to go.
local function inserts(text, old)
  local pieces, stop = {}, #text
  for i = #old, 1, -1 do
    local at
    for j = stop, 1, -1 do
      if text:byte(j) == old:byte(i) then
        at = j
        break
      end
    end
    if not at then
      return nil
    end
    if at < stop then
      table.insert(pieces, 1, { i, text:sub(at + 1, stop) })
    end
    stop = at - 1
  end
  if stop > 0 then
    table.insert(pieces, 1, { 0, text:sub(1, stop) })
  end
  return pieces
end
M.inserts = inserts

---@class airside.Drawing
---@field row integer from 0
---@field col integer in bytes: where text begins
---@field text string to come, lines separated by \n
---@field over string what text replaces, from col on
---@field after string the rest of the line behind that
---@field more string? a note behind the first line

---@param buf integer
---@param d airside.Drawing
function M.draw(buf, d)
  M.clear(buf)
  local tabstop = vim.bo[buf].tabstop
  local lines = vim.split(d.text, '\n', { plain = true })
  local line = api.nvim_buf_get_lines(buf, d.row, d.row + 1, false)[1] or ''
  local column = width(line:sub(1, d.col))
  local more = d.more and { ' ' .. d.more, 'AirsideGhostMore' } or nil

  local ascii = not d.over:find('[\128-\255]') -- pieces must not split a character
  local pieces = #lines == 1 and ascii and inserts(lines[1], d.over) or nil
  if d.over == '' and (#lines == 1 or d.after == '') then
    pieces = { { 0, lines[1] } }
  end
  if pieces then
    if more then
      pieces[1] = pieces[1] or { 0, '' }
      pieces[#pieces].more = more
    end
    for _, piece in ipairs(pieces) do
      api.nvim_buf_set_extmark(buf, namespace, d.row, d.col + piece[1], {
        virt_text = { { printable(piece[2], column, tabstop), 'AirsideGhost' }, piece.more },
        virt_text_pos = 'inline',
        hl_mode = 'replace', -- not that of a matching parenthesis
      })
    end
  else
    -- The line as it would be, over the line as it is.
    local first = printable(lines[1], column, tabstop)
    local chunks = { { first, 'AirsideGhost' } }
    local shown = column + width(first)
    if #lines == 1 and d.after ~= '' then
      local after = printable(d.after, shown, tabstop)
      chunks[#chunks + 1] = { after, 'Normal' }
      shown = shown + width(after)
    end
    if more then
      chunks[#chunks + 1] = more
      shown = shown + width(more[1])
    end
    local hidden = width(line)
    if shown < hidden then
      chunks[#chunks + 1] = { (' '):rep(hidden - shown), 'Normal' }
    end
    api.nvim_buf_set_extmark(buf, namespace, d.row, d.col, {
      virt_text = chunks,
      virt_text_pos = 'overlay',
    })
  end

  if #lines > 1 then
    local below = {}
    for i = 2, #lines do
      local text = printable(lines[i], 0, tabstop)
      below[i - 1] = { { text, 'AirsideGhost' } }
      if i == #lines and d.after ~= '' then
        table.insert(below[i - 1], { printable(d.after, width(text), tabstop), 'Normal' })
      end
    end
    api.nvim_buf_set_extmark(buf, namespace, d.row, 0, { virt_lines = below })
  end
end

function M.clear(buf)
  if api.nvim_buf_is_valid(buf) then
    api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  end
end

return M
