-- A panel of alternatives: what else could stand at the cursor, in a split that fills
-- as they are found. One key takes one, q closes.
local t = require('airside.l10n').t
local compat = require('airside.compat')
local notify = require('airside.notify')
local suggestion = require('airside.suggestion')

local M = {}
local api = vim.api

local METHOD = 'textDocument/copilotPanelCompletion'
local space = api.nvim_create_namespace('airside.alternatives')
local tokens = 0
local panels = {} ---@type table<string, airside.Panel> by the token under which alternatives come

---@class airside.Panel
---@field buf integer the panel's
---@field win integer? where the text is
---@field at airside.Place where alternatives are looked for
---@field mode string how the text was edited
---@field before string the line up to the cursor
---@field client vim.lsp.Client
---@field id integer? of the request; nil once it has ended
---@field list airside.Suggestion[]
---@field labels string[]
---@field lines integer[] at which each begins, from 0
---@field message string? why there is none

-- outdented is lines without the white space that all of them begin with.
local function outdented(lines)
  local least
  for _, line in ipairs(lines) do
    if line:find('%S') then
      local n = #line:match('^%s*')
      least = math.min(least or n, n)
    end
  end
  return vim.tbl_map(function(line)
    return line:sub((least or 0) + 1)
  end, lines)
end

local function head(p)
  local n = #p.list
  if p.id then
    return n == 0 and t('Looking for alternatives …') or t('%d so far, looking for more …'):format(n)
  elseif n == 0 then
    return t('None: %s'):format(p.message or t('the model has nothing to say here'))
  end
  return ('%d %s'):format(n, n == 1 and 'alternative' or 'alternatives')
end

local function draw(p)
  if not api.nvim_buf_is_valid(p.buf) then
    return
  end
  local lines = { '' }
  p.lines = {}
  for i, s in ipairs(p.list) do
    p.lines[i] = #lines
    local text = p.before:sub(1, s.start) .. s.text:gsub('\n+$', '')
    vim.list_extend(lines, outdented(vim.split(text, '\n')))
    lines[#lines + 1] = ''
  end
  vim.bo[p.buf].modifiable = true
  api.nvim_buf_set_lines(p.buf, 0, -1, false, lines)
  vim.bo[p.buf].modifiable = false
  api.nvim_buf_clear_namespace(p.buf, space, 0, -1)
  local keys = '   ' .. (#p.list > 0 and t('<CR> or its number takes one, q closes') or t('q closes'))
  api.nvim_buf_set_extmark(p.buf, space, 0, 0, { virt_text = { { head(p), 'Title' }, { keys, 'Comment' } }, virt_text_pos = 'overlay' })
  for i, line in ipairs(p.lines) do
    api.nvim_buf_set_extmark(p.buf, space, line, 0, { virt_lines = { { { ('%d · %s'):format(i, p.labels[i]), 'Comment' } } }, virt_lines_above = true })
  end
end

-- found takes in alternatives.
local function found(p, items)
  for _, item in ipairs(items or {}) do
    local s = api.nvim_buf_is_valid(p.at.buf) and suggestion.new(p.at, item, p.client.offset_encoding)
    if s then
      p.list[#p.list + 1], p.labels[#p.labels + 1] = s, item.label or ''
    end
  end
  draw(p)
end

local function stop(p)
  if p.id and not compat.stopped(p.client) then
    compat.stopAsking(p.client, { id = p.id, quick = false })
  end
  p.id = nil
end

-- window is where the text is by now: other windows may be closed or opened while the
-- panel is open, and theirs may show something else.
local function window(p)
  if p.win and api.nvim_win_is_valid(p.win) and api.nvim_win_get_buf(p.win) == p.at.buf then
    return p.win
  end
  return vim.fn.win_findbuf(p.at.buf)[1]
end

-- take puts an alternative in its place, as one step of undo.
local function take(p, n)
  local s = p.list[n]
  if not s then
    return
  end
  stop(p)
  if not api.nvim_buf_is_loaded(p.at.buf) or api.nvim_buf_get_changedtick(p.at.buf) ~= p.at.tick then
    notify.warn(t('the text has changed since; ask for alternatives again'))
    return
  end
  api.nvim_buf_delete(p.buf, { force = true })
  local win = window(p)
  if win then
    api.nvim_set_current_win(win)
  end
  local lines = vim.split(s.text, '\n')
  api.nvim_buf_set_text(p.at.buf, s.row, s.start, s.row, p.at.col + #s.over, lines)
  local last = #lines[#lines] + (#lines == 1 and s.start or 0)
  if win then
    local typing = p.mode == 'i' -- it goes on behind what was taken
    api.nvim_win_set_cursor(win, { s.row + #lines, typing and last or math.max(last - 1, 0) })
    if typing then
      vim.cmd.startinsert({ bang = last == #api.nvim_get_current_line() })
    end
  end
  compat.notify(p.client, 'textDocument/didShowCompletion', { item = s.item })
  compat.request(p.client, 'workspace/executeCommand', {
    command = s.item.command.command,
    arguments = s.item.command.arguments,
  }, function() end, p.at.buf)
end

local function here(p)
  local row, n = api.nvim_win_get_cursor(0)[1] - 1, 1
  for i, line in ipairs(p.lines) do
    n = line <= row and i or n
  end
  return n
end

local function open(p, filetype)
  vim.cmd('botright vnew')
  p.buf = api.nvim_get_current_buf()
  vim.bo[p.buf].buftype, vim.bo[p.buf].bufhidden, vim.bo[p.buf].swapfile = 'nofile', 'wipe', false
  pcall(api.nvim_buf_set_name, p.buf, 'airside://alternatives')
  vim.bo[p.buf].syntax = filetype -- and not its plugins, which are for files
  pcall(vim.treesitter.start, p.buf, vim.treesitter.language.get_lang(filetype))
  vim.wo.number, vim.wo.relativenumber, vim.wo.signcolumn = false, false, 'no'
  local function map(key, action)
    vim.keymap.set('n', key, action, { buffer = p.buf, nowait = true, silent = true })
  end
  map('q', '<Cmd>close<CR>')
  map('<CR>', function()
    take(p, here(p))
  end)
  for n = 1, 9 do
    map(tostring(n), function()
      take(p, n)
    end)
  end
  api.nvim_create_autocmd('BufWipeout', {
    buffer = p.buf,
    callback = function()
      stop(p)
    end,
  })
end

---Looks for alternatives at the cursor, and opens the panel.
function M.show()
  local buf = api.nvim_get_current_buf()
  local client = vim.lsp.get_clients({ bufnr = buf, name = 'airside' })[1]
  if not client then
    notify.error(t('no server runs; open a file, or see :checkhealth airside'))
    return
  end
  local mode = api.nvim_get_mode().mode:sub(1, 1)
  local cursor, line = api.nvim_win_get_cursor(0), api.nvim_get_current_line()
  local col = cursor[2]
  if mode ~= 'i' and line ~= '' and col + vim.str_utf_end(line, col + 1) + 1 == #line then
    col = #line -- at a line's end the cursor stands on its last character
  end
  tokens = tokens + 1
  local token = 'airside.alternatives/' .. tokens
  local p = {
    win = api.nvim_get_current_win(), mode = mode, before = line:sub(1, col), client = client, list = {}, labels = {}, lines = {},
    at = { buf = buf, tick = api.nvim_buf_get_changedtick(buf), row = cursor[1] - 1, col = col },
  }
  require('airside.suggest').dismiss()
  vim.cmd.stopinsert()
  panels[token] = p
  local filetype = vim.bo[buf].filetype
  open(p, filetype)
  p.id = compat.request(client, METHOD, {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    position = { line = p.at.row, character = compat.units(line, col, client.offset_encoding) },
    partialResultToken = token,
  }, function(err, result)
    p.id, panels[token] = nil, nil
    p.message = err and err.message or type(result) == 'table' and result.message or nil
    found(p, type(result) == 'table' and result.items or nil)
  end, buf)
  draw(p)
end

---Takes in a $/progress; false if it is of something else.
function M.progress(params)
  local p = type(params) == 'table' and panels[params.token]
  if not p then
    return false
  end
  found(p, params.value.items)
  return true
end

return M
