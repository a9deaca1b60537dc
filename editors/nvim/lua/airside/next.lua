-- The next edit: drawn where it would be made, gone to and taken by the key that accepts.
local t = require('airside.l10n').t
local compat = require('airside.compat')
local config = require('airside.config')

local M = {}
local api = vim.api

local namespace = api.nvim_create_namespace('airside.next')
local timer = assert(vim.uv.new_timer())

-- PAUSE is how long nobody types before it is asked, in ms.
local PAUSE = 60
-- LATER is when it is asked once more, if there was nothing.
local LATER = 500

---@class airside.Next
---@field edit table as the server has it
---@field buf integer where it was asked for
---@field target integer? the buffer that it is in, if that is loaded
---@field first integer its first line there, from 0
---@field last integer
---@field keys table<string, table> what the keys of normal mode were
local shown ---@type airside.Next?
local refused = {} ---@type table<string, boolean> by id

local function highlights()
  api.nvim_set_hl(0, 'AirsideNextOld', { link = 'DiffDelete', default = true })
  api.nvim_set_hl(0, 'AirsideNextNew', { link = 'DiffAdd', default = true })
  api.nvim_set_hl(0, 'AirsideNextHint', { link = 'MoreMsg', default = true })
end
highlights()
api.nvim_create_autocmd('ColorScheme', { group = api.nvim_create_augroup('airside.next', {}), callback = highlights })

local function client(buf)
  local c = vim.lsp.get_clients({ bufnr = buf, name = 'airside' })[1]
  local offered = c and (c.server_capabilities.executeCommandProvider or {}).commands or {}
  return vim.tbl_contains(offered, 'airside.next.refused') and c or nil
end

-- unmap gives the keys of normal mode back.
local function unmap()
  for key, before in pairs(shown.keys) do
    if api.nvim_buf_is_valid(shown.buf) then
      pcall(vim.keymap.del, 'n', key, { buffer = shown.buf })
      if before.buffer == 1 then
        api.nvim_buf_call(shown.buf, function()
          pcall(vim.fn.mapset, 'n', false, before)
        end)
      end
    end
  end
end

---Takes it off the screen; it may come again.
function M.hide()
  if not shown then
    return
  end
  unmap()
  for _, buf in ipairs({ shown.buf, shown.target }) do
    if api.nvim_buf_is_valid(buf) then
      api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
    end
  end
  shown = nil
end

---@return boolean
function M.visible()
  return shown ~= nil and shown.buf == api.nvim_get_current_buf()
end

local function run(c, command)
  compat.request(c, 'workspace/executeCommand', { command = command.command, arguments = command.arguments }, function() end, 0)
end

---Hides it for good: the server does not propose it again.
function M.refuse()
  if not shown then
    return
  end
  local c = client(shown.buf)
  local id = (shown.edit.command.arguments or {})[1]
  if c and id then
    refused[id] = true
    run(c, { command = 'airside.next.refused', arguments = { id } })
  end
  M.hide()
end

-- here tells whether the cursor is where the edit is.
local function here()
  local line = api.nvim_win_get_cursor(0)[1] - 1
  return shown.target == api.nvim_get_current_buf() and shown.first <= line and line <= shown.last
end

---Goes to the edit, and from there takes it.
function M.go()
  local now = shown
  if not now then
    return
  end
  local c = client(now.buf)
  if not c then
    M.hide()
    return
  end
  if here() then
    M.hide()
    local edit = { range = now.edit.range, newText = now.edit.text }
    vim.lsp.util.apply_text_edits({ edit }, now.target, c.offset_encoding)
    local text = vim.split(now.edit.text, '\n', { plain = true })
    local row = math.min(now.edit.range.start.line + #text, api.nvim_buf_line_count(0))
    pcall(api.nvim_win_set_cursor, 0, { row, 0 })
    vim.cmd('normal! ^')
    run(c, now.edit.command)
    return
  end
  vim.cmd("normal! m'")
  if now.target == now.buf then
    api.nvim_win_set_cursor(0, { now.first + 1, 0 })
    vim.cmd('normal! ^')
    return
  end
  local from = now.buf
  M.hide()
  vim.lsp.util.show_document({ uri = now.edit.textDocument.uri, range = now.edit.range }, c.offset_encoding, { focus = true })
  M.show(now.edit, api.nvim_get_current_buf(), from)
end

-- map has the key that accepts, and Esc, do it in normal mode while something is shown.
local function map()
  local keys = config.get().keys
  local wanted = { ['<Esc>'] = M.refuse }
  if keys and keys.accept then
    wanted[keys.accept] = M.go
  end
  for key, run_ in pairs(wanted) do
    shown.keys[key] = vim.fn.maparg(key, 'n', false, true)
    vim.keymap.set('n', key, run_, { buffer = shown.buf, silent = true, nowait = true, desc = 'airside: next edit' })
  end
end

-- lines are those of the edit, whole, as they would be.
local function lines(edit, target)
  local range, encoding = edit.range, (client(shown.buf) or {}).offset_encoding or 'utf-16'
  local old = api.nvim_buf_get_lines(target, range.start.line, range['end'].line + 1, false)
  if #old == 0 then
    return {}, old
  end
  local function at(line, character)
    return vim.lsp.util._str_byteindex_enc and vim.lsp.util._str_byteindex_enc(line, character, encoding)
      or vim.str_byteindex(line, encoding, character, false)
  end
  local ok, before = pcall(at, old[1], range.start.character)
  local ok2, after = pcall(at, old[#old], range['end'].character)
  if not ok or not ok2 then
    return {}, old
  end
  return vim.split(old[1]:sub(1, before) .. edit.text .. old[#old]:sub(after + 1), '\n', { plain = true }), old
end

---Draws an edit, in the buffer that it is in or as a hint where the cursor is.
---@param edit table
---@param buf integer
function M.show(edit, buf)
  M.hide()
  local target = vim.uri_to_bufnr(edit.textDocument.uri)
  local loaded = api.nvim_buf_is_loaded(target)
  shown = {
    edit = edit, buf = buf, target = loaded and target or nil, keys = {},
    first = edit.range.start.line, last = edit.range['end'].line,
  }
  local line = api.nvim_win_get_cursor(0)[1] - 1
  if loaded then
    local now, old = lines(edit, target)
    if #old > 0 then
      local virtual = {}
      for i, text in ipairs(now) do
        if text ~= old[i] or #now == 1 then
          virtual[#virtual + 1] = { { text:gsub('\t', (' '):rep(vim.bo[target].tabstop)), 'AirsideNextNew' } }
        end
      end
      for i, text in ipairs(old) do
        if text ~= now[i] then
          api.nvim_buf_set_extmark(target, namespace, shown.first + i - 1, 0, { line_hl_group = 'AirsideNextOld' })
        end
      end
      if #virtual > 0 then
        api.nvim_buf_set_extmark(target, namespace, math.min(shown.first + #old - 1, api.nvim_buf_line_count(target) - 1), 0, { virt_lines = virtual })
      end
    end
  end
  local distant = target ~= buf or shown.first < vim.fn.line('w0') - 1 or shown.first > vim.fn.line('w$') - 1
  if distant then
    local where = target == buf and t('next edit: line %d'):format(shown.first + 1)
      or t('next edit: %s'):format(vim.fn.fnamemodify(vim.uri_to_fname(edit.textDocument.uri), ':~:.') .. ':' .. shown.first + 1)
    api.nvim_buf_set_extmark(buf, namespace, line, 0, { virt_text = { { '  ' .. where, 'AirsideNextHint' } }, hl_mode = 'combine' })
  end
  map()
end

---@param buf integer
---@param again boolean?
local function ask(buf, again)
  local c = client(buf)
  if not c or buf ~= api.nvim_get_current_buf() or vim.b[buf].airside_paused then
    return
  end
  local tick = api.nvim_buf_get_changedtick(buf)
  local params = vim.lsp.util.make_position_params(0, c.offset_encoding)
  params.textDocument.version = vim.lsp.util.buf_versions and vim.lsp.util.buf_versions[buf] or nil
  compat.request(c, 'textDocument/copilotInlineEdit', params, function(err, result)
    if err or buf ~= api.nvim_get_current_buf() or tick ~= api.nvim_buf_get_changedtick(buf) then
      return
    end
    local edit = type(result) == 'table' and (result.edits or {})[1]
    local id = edit and (edit.command.arguments or {})[1]
    if not edit and not again then -- other files are looked at beside
      timer:start(LATER, 0, vim.schedule_wrap(function()
        if api.nvim_buf_is_valid(buf) then
          ask(buf, true)
        end
      end))
    end
    if not edit or refused[id] or require('airside.suggest').visible() then
      M.hide()
    else
      M.show(edit, buf)
      compat.notify(c, 'textDocument/didShowInlineEdit', { item = { command = edit.command } })
    end
  end, buf)
end

---Begins to ask for a buffer's next edits.
---@param buf integer
function M.watch(buf)
  local group = api.nvim_create_augroup('airside.next.' .. buf, {})
  api.nvim_create_autocmd({ 'TextChanged', 'TextChangedI', 'InsertLeave' }, {
    group = group, buffer = buf,
    callback = function(event)
      if event.event ~= 'InsertLeave' then
        M.hide()
      end
      timer:start(PAUSE, 0, vim.schedule_wrap(function()
        if api.nvim_buf_is_valid(buf) then
          ask(buf)
        end
      end))
    end,
  })
  api.nvim_create_autocmd({ 'BufLeave', 'BufUnload' }, { group = group, buffer = buf, callback = M.hide })
end

return M
